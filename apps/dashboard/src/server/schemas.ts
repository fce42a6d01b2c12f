import { FREEZE_MODES, REPLAY_POLICIES } from '@hotcb/protocol'
import { record } from '@hotcb/protocol/schemas'
import * as v from 'valibot'
import { ROLES } from '../shared/people.ts'
import { RowAlertsSchema } from './schemas-alerts.ts'

type Schema = v.GenericSchema

const stepQuery: Schema = v.optional(v.pipe(v.string(), v.regex(/^-?\d+(\.\d+)?(e\d+)?$/i, 'expected a number')))
const wholeQuery: Schema = v.optional(v.pipe(v.string(), v.regex(/^\d{1,15}$/, 'expected a whole number')))
const name: v.GenericSchema<string> = v.pipe(v.string(), v.minLength(1), v.maxLength(512))
const params: Schema = v.nullish(record(v.pipe(v.string(), v.maxLength(256)), v.unknown()))

/** One command as a client sends it: in the format described in part 1 of run-directory.md, without `cid`, `ts` and `source`. */
export const CommandInput: Schema = v.strictObject({
  module: v.pipe(v.string(), v.minLength(1), v.maxLength(128)),
  op: v.pipe(v.string(), v.minLength(1), v.maxLength(128)),
  id: v.optional(v.pipe(v.string(), v.maxLength(256))),
  params,
  target: v.nullish(
    v.strictObject({
      kind: v.picklist(['file', 'module', 'python_file']),
      path: v.pipe(v.string(), v.minLength(1), v.maxLength(4096)),
      symbol: v.pipe(v.string(), v.maxLength(256)),
    }),
  ),
  init: params,
  enabled: v.nullish(v.boolean()),
  mode: v.nullish(v.pipe(v.string(), v.maxLength(64))),
  at: v.nullish(v.strictObject({ step: v.pipe(v.number(), v.safeInteger(), v.minValue(0)), event: v.nullish(name) })),
  expires: v.nullish(v.strictObject({ step: v.nullish(v.number()), ts: v.nullish(v.number()) })),
  expect: params,
  note: v.nullish(v.pipe(v.string(), v.maxLength(2000))),
  author: v.nullish(v.pipe(v.string(), v.maxLength(128))),
})

/** A batch of commands, which are appended together in this order. */
export const CommandsBody: Schema = v.strictObject({
  commands: v.pipe(v.array(CommandInput), v.minLength(1), v.maxLength(100)),
})

/** The channels that receive a test message. Default: all. */
export const NotificationTestBody: Schema = v.strictObject({
  channels: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(64))), v.maxLength(50))),
})

/** The author of an answer to one of the tuner's suggestions, and the reason. */
export const TuneAnswerBody: Schema = v.strictObject({
  note: v.nullish(v.pipe(v.string(), v.maxLength(1000))),
  author: v.nullish(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
})

/** The new content of the freeze document. */
export const FreezeBody: Schema = v.strictObject({
  mode: v.picklist(FREEZE_MODES),
  recipe_path: v.nullish(v.pipe(v.string(), v.maxLength(4096))),
  adjust_path: v.nullish(v.pipe(v.string(), v.maxLength(4096))),
  policy: v.optional(v.picklist(REPLAY_POLICIES)),
  step_offset: v.optional(v.pipe(v.number(), v.safeInteger())),
  author: v.nullish(v.pipe(v.string(), v.maxLength(128))),
})

// A metric may have any name that JSON can contain. An unusual name must not make the rest of its batch fail.
const metric: v.GenericSchema<string> = v.string()
const bound: Schema = v.nullish(v.pipe(v.number(), v.finite()))
const share: Schema = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
const weight: v.GenericSchema<number> = v.pipe(
  v.number(),
  v.minValue(0),
  v.check((value) => value < 1, 'expected a number below 1'),
)
const per: Schema = v.optional(v.picklist(['point', 'step']))

function batchOf(request: Schema): Schema {
  return v.strictObject({ requests: v.pipe(v.array(request), v.minLength(1), v.maxLength(200)) })
}

/** A batch of window requests. */
export const WindowsBody: Schema = batchOf(
  v.strictObject({
    name: metric,
    from: bound,
    to: bound,
    pixels: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(20_000))),
    ema: v.nullish(v.strictObject({ weight, per })),
  }),
)

/** A batch of statistics requests. */
export const StatsBody: Schema = batchOf(
  v.strictObject({
    name: metric,
    from: bound,
    to: bound,
    parts: v.optional(
      v.pipe(
        v.array(
          v.pipe(
            v.tuple([share, share]),
            v.check(([start, end]) => Number(start) <= Number(end), 'expected the smaller fraction first'),
          ),
        ),
        v.maxLength(20),
      ),
    ),
  }),
)

/** A batch of requests for the points next to a step. */
export const AroundBody: Schema = batchOf(
  v.strictObject({
    name: metric,
    step: v.pipe(v.number(), v.finite()),
    points: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)),
  }),
)

export const SessionBody: Schema = v.strictObject({ token: v.pipe(v.string(), v.minLength(1), v.maxLength(512)) })

export const WindowQuery: Schema = v.strictObject({
  name: v.union([metric, v.array(metric)]),
  from: stepQuery,
  to: stepQuery,
  pixels: wholeQuery,
  ema: v.optional(v.pipe(v.string(), v.regex(/^0?\.\d+$|^0$/, 'expected a number from 0 to below 1'))),
  per,
})

export const LedgerQuery: Schema = v.strictObject({ before: wholeQuery, limit: wholeQuery })
export const LogQuery: Schema = v.strictObject({ limit: wholeQuery })
export const OutputQuery: Schema = v.strictObject({ stamp: v.optional(v.pipe(v.string(), v.maxLength(100))) })
export const FeaturesQuery: Schema = v.strictObject({ layer: v.optional(name), limit: wholeQuery })
export const SparklineQuery: Schema = v.strictObject({ id: v.union([name, v.array(name)]), metric: v.optional(name) })
export const ExportQuery: Schema = v.strictObject({
  name: v.optional(v.union([metric, v.array(metric)])),
  from: stepQuery,
  to: stepQuery,
})

const nullableNumber: Schema = v.nullable(v.number())
const nullableText: Schema = v.nullable(v.string())

/** Schemas of answers, for the OpenAPI document. */
export const RunRowSchema: Schema = v.object({
  id: v.string(),
  name: v.string(),
  status: v.picklist(['running', 'paused', 'silent', 'unknown', 'finished', 'idle']),
  reason: nullableText,
  step: nullableNumber,
  max_steps: nullableNumber,
  steps_per_second: nullableNumber,
  key_metric: v.nullable(v.object({ name: v.string(), value: nullableNumber, final: v.boolean() })),
  last_change: v.nullable(
    v.object({
      seq: v.number(),
      step: nullableNumber,
      text: v.string(),
      source: v.string(),
      author: nullableText,
      decision: v.string(),
      wall_time: v.number(),
    }),
  ),
  freeze: v.string(),
  updated: v.number(),
  started_at: nullableText,
  config: nullableText,
  seed: nullableNumber,
  kernel: nullableText,
  attempt: nullableNumber,
  problem: nullableText,
  alerts: RowAlertsSchema,
})

const numbers: Schema = v.array(v.number())
const nullableNumbers: Schema = v.array(nullableNumber)

const SeriesBucketsSchema: Schema = v.object({
  first_step: numbers,
  last_step: numbers,
  count: numbers,
  gaps: numbers,
  mean: nullableNumbers,
  min: nullableNumbers,
  max: nullableNumbers,
  first: nullableNumbers,
  last: nullableNumbers,
})

export const SeriesWindowSchema: Schema = v.object({
  name: v.string(),
  count: v.number(),
  complete: v.boolean(),
  buckets: SeriesBucketsSchema,
  ema: v.nullable(
    v.object({
      mean: nullableNumbers,
      last: nullableNumbers,
      end: v.object({ value: v.number(), weights: v.number(), step: v.number() }),
    }),
  ),
  ghosts: v.array(v.object({ attempt: v.number(), buckets: SeriesBucketsSchema })),
})

const stepValue: Schema = v.nullable(v.object({ step: v.number(), value: nullableNumber }))

export const SeriesStatsSchema: Schema = v.object({
  name: v.string(),
  complete: v.boolean(),
  count: v.number(),
  gaps: v.number(),
  mean: nullableNumber,
  min: stepValue,
  max: stepValue,
  first: stepValue,
  last: stepValue,
  first_time: nullableNumber,
  last_time: nullableNumber,
  parts: nullableNumbers,
})

export const SeriesPointsSchema: Schema = v.object({
  name: v.string(),
  complete: v.boolean(),
  steps: numbers,
  values: nullableNumbers,
  times: nullableNumbers,
})

export const MeSchema: Schema = v.object({
  user: nullableText,
  role: v.picklist(ROLES),
  default_author: nullableText,
  has_launcher: v.boolean(),
  has_mcp: v.boolean(),
})

export const AcceptedSchema: Schema = v.object({ cids: v.array(v.string()), notes: v.array(v.string()) })

export const ErrorSchema: Schema = v.object({
  error: v.object({
    code: v.string(),
    message: v.string(),
    issues: v.optional(v.array(v.object({ path: v.string(), message: v.string() }))),
  }),
})
