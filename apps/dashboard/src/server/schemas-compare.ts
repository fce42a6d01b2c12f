import * as v from 'valibot'

type Schema = v.GenericSchema

const runId: Schema = v.pipe(v.string(), v.minLength(1), v.maxLength(512))
const runs: Schema = v.pipe(v.array(runId), v.minLength(1), v.maxLength(200))
const bound: Schema = v.nullish(v.pipe(v.number(), v.finite()))

/** A request for the metric curves of several runs. */
export const CompareSeriesBody: Schema = v.strictObject({
  runs,
  names: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(50)),
  from: bound,
  to: bound,
  pixels: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(2000))),
  extents: v.optional(v.boolean()),
})

/** The runs to compare. */
export const CompareRunsBody: Schema = v.strictObject({ runs })

/** Two runs. */
export const DivergenceQuery: Schema = v.strictObject({ a: runId, b: runId })
