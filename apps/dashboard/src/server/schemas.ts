import { FREEZE_MODES, REPLAY_POLICIES } from '@hotcb/protocol'
import * as v from 'valibot'
import { ROLES } from '../shared/wire.ts'

type Schema = v.GenericSchema

const stepQuery: Schema = v.optional(v.pipe(v.string(), v.regex(/^-?\d+(\.\d+)?(e\d+)?$/i, 'a number expected')))
const wholeQuery: Schema = v.optional(v.pipe(v.string(), v.regex(/^\d{1,15}$/, 'a whole number expected')))
const name: v.GenericSchema<string> = v.pipe(v.string(), v.minLength(1), v.maxLength(512))
const params: Schema = v.nullish(v.record(v.pipe(v.string(), v.maxLength(256)), v.unknown()))

/** One command as a client sends it: what run-directory.md part 1 says, without `cid`, `ts` and `source`. */
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

/** A batch of commands, appended together in this order. */
export const CommandsBody: Schema = v.strictObject({
  commands: v.pipe(v.array(CommandInput), v.minLength(1), v.maxLength(100)),
})

/** What the freeze document is to say. */
export const FreezeBody: Schema = v.strictObject({
  mode: v.picklist(FREEZE_MODES),
  recipe_path: v.nullish(v.pipe(v.string(), v.maxLength(4096))),
  adjust_path: v.nullish(v.pipe(v.string(), v.maxLength(4096))),
  policy: v.optional(v.picklist(REPLAY_POLICIES)),
  step_offset: v.optional(v.pipe(v.number(), v.safeInteger())),
  author: v.nullish(v.pipe(v.string(), v.maxLength(128))),
})

/** A batch of windows. */
export const WindowsBody: Schema = v.strictObject({
  requests: v.pipe(
    v.array(
      v.strictObject({
        name,
        from: v.nullish(v.pipe(v.number(), v.finite())),
        to: v.nullish(v.pipe(v.number(), v.finite())),
        pixels: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(20_000))),
      }),
    ),
    v.minLength(1),
    v.maxLength(200),
  ),
})

export const SessionBody: Schema = v.strictObject({ token: v.pipe(v.string(), v.minLength(1), v.maxLength(512)) })

export const WindowQuery: Schema = v.strictObject({
  name: v.union([name, v.array(name)]),
  from: stepQuery,
  to: stepQuery,
  pixels: wholeQuery,
})

export const LedgerQuery: Schema = v.strictObject({ before: wholeQuery, limit: wholeQuery })
export const LogQuery: Schema = v.strictObject({ limit: wholeQuery })
export const FeaturesQuery: Schema = v.strictObject({ layer: v.optional(name), limit: wholeQuery })
export const SparklineQuery: Schema = v.strictObject({ id: v.union([name, v.array(name)]), metric: v.optional(name) })
export const ExportQuery: Schema = v.strictObject({
  name: v.optional(v.union([name, v.array(name)])),
  from: stepQuery,
  to: stepQuery,
})

const nullableNumber: Schema = v.nullable(v.number())
const nullableText: Schema = v.nullable(v.string())

/** Schemas of answers, for the description of the API. */
export const RunRowSchema: Schema = v.object({
  id: v.string(),
  name: v.string(),
  status: v.picklist(['running', 'paused', 'silent', 'unknown', 'finished', 'idle']),
  reason: nullableText,
  step: nullableNumber,
  max_steps: nullableNumber,
  steps_per_second: nullableNumber,
  key_metric: v.nullable(v.object({ name: v.string(), value: nullableNumber })),
  last_change: v.nullable(
    v.object({
      seq: v.number(),
      step: nullableNumber,
      text: v.string(),
      source: v.string(),
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
})

export const SeriesWindowSchema: Schema = v.object({
  name: v.string(),
  steps: v.array(v.number()),
  values: v.array(nullableNumber),
  count: v.number(),
  ghosts: v.array(v.object({ steps: v.array(v.number()), values: v.array(nullableNumber) })),
})

export const MeSchema: Schema = v.object({
  user: nullableText,
  role: v.picklist(ROLES),
  default_author: nullableText,
})

export const AcceptedSchema: Schema = v.object({ cids: v.array(v.string()), notes: v.array(v.string()) })

export const ErrorSchema: Schema = v.object({
  error: v.object({
    code: v.string(),
    message: v.string(),
    issues: v.optional(v.array(v.object({ path: v.string(), message: v.string() }))),
  }),
})
