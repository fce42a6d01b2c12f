import * as v from 'valibot'
import { WANTS } from '../shared/sweeps/sweep-wire.ts'

type Schema = v.GenericSchema

const metric: Schema = v.nullish(v.pipe(v.string(), v.minLength(1), v.maxLength(512)))
const name: Schema = v.pipe(v.string(), v.minLength(1), v.maxLength(512))
const index: Schema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const indices = (most: number): Schema => v.pipe(v.array(index), v.maxLength(most))
const whole: Schema = v.pipe(v.string(), v.regex(/^\d{1,9}$/, 'expected a whole number'))

/** The maximum number of trials in a sweep. */
const MOST_TRIALS = 100_000
/** The maximum number of curves in one answer. */
const MOST_CURVES = 500
/** The maximum number of trials that one request may change, because each of them is a separate process. */
const MOST_SET = 2000

/** Which trials to send: those that changed after a version. */
export const TrialsQuery: Schema = v.strictObject({
  metric: v.optional(name),
  since: v.optional(v.pipe(v.string(), v.maxLength(64))),
})

/** Which decisions to send. */
export const DecisionsQuery: Schema = v.strictObject({ after: v.optional(whole) })

export const CurvesBody: Schema = v.strictObject({
  metric,
  trials: indices(MOST_CURVES),
  points: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(2), v.maxValue(200))),
})

const analysed = { metric, stage: v.nullish(name), trials: v.nullish(indices(MOST_TRIALS)) }

export const ImportanceBody: Schema = v.strictObject(analysed)

export const ContourBody: Schema = v.strictObject({ ...analysed, x: name, y: name })

/** Selects the trials for a request: a list, or all trials to which the request can apply. */
const choice = (most: number): Schema =>
  v.union(
    [
      v.strictObject({ trials: v.pipe(v.array(index), v.minLength(1), v.maxLength(most)) }),
      v.strictObject({ all: v.literal(true) }),
    ],
    'expected `trials` with indices, or `all: true`',
  )

export const TrialRequestBody: Schema = v.strictObject({
  want: v.picklist(WANTS),
  choice: choice(MOST_TRIALS),
  reason: v.nullish(v.pipe(v.string(), v.maxLength(500))),
  author: v.nullish(v.pipe(v.string(), v.maxLength(128))),
})

/** A person's answer to one of the monitor's proposals. */
export const AnswerBody: Schema = v.strictObject({
  proposal: v.pipe(v.string(), v.regex(/^[\w.-]{1,64}$/, 'expected the id of a proposal')),
  verdict: v.picklist(['approved', 'rejected']),
  author: v.nullish(v.pipe(v.string(), v.maxLength(128))),
})

export const SetBody: Schema = v.strictObject({
  choice: choice(MOST_SET),
  set: v.pipe(
    v.array(v.pipe(v.string(), v.maxLength(500), v.regex(/^[^-=][^=]*=/, 'expected NAME=VALUE'))),
    v.minLength(1),
    v.maxLength(50),
  ),
  note: v.nullish(v.pipe(v.string(), v.maxLength(500))),
  author: v.nullish(v.pipe(v.string(), v.maxLength(128))),
})
