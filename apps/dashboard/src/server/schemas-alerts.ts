import { LEVELS, RULE_NAMES } from '@hotcb/notify'
import * as v from 'valibot'

type Schema = v.GenericSchema

const id: Schema = v.pipe(v.string(), v.minLength(1), v.maxLength(60))
const author: Schema = v.nullish(v.pipe(v.string(), v.maxLength(128)))
const version: Schema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const name: Schema = v.nullish(v.pipe(v.string(), v.minLength(1), v.maxLength(512)))

/** The alerts that a person has seen. */
export const AcknowledgeBody: Schema = v.strictObject({
  ids: v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(1000))), v.minLength(1), v.maxLength(200)),
  author,
})

/** A rule, with the fields of `hotcb.notify.yaml`. */
export const AlertRuleBody: Schema = v.strictObject({
  id,
  version: v.nullable(version),
  on: v.nullish(v.picklist(RULE_NAMES)),
  metric: name,
  value: v.nullish(v.pipe(v.number(), v.finite())),
  window: v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(2), v.maxValue(512))),
  when: v.nullish(v.pipe(v.string(), v.minLength(1), v.maxLength(4096))),
  for: v.nullish(v.pipe(v.string(), v.maxLength(40))),
  level: v.nullish(v.picklist(LEVELS)),
  author,
})

export const AlertRuleDeletion: Schema = v.strictObject({ id, version, author })

/** The alerts in a run's table row. */
export const RowAlertsSchema: Schema = v.nullable(
  v.object({
    count: v.number(),
    level: v.picklist(LEVELS),
    newest: v.object({ id: v.string(), title: v.string(), text: v.string() }),
  }),
)

const nullableNumber: Schema = v.nullable(v.number())

/** A run's alerts. */
export const AlertsSchema: Schema = v.object({
  alerts: v.array(
    v.object({
      id: v.string(),
      rule: v.string(),
      level: v.picklist(LEVELS),
      title: v.string(),
      text: v.string(),
      metric: v.nullable(v.string()),
      value: nullableNumber,
      step: nullableNumber,
      opened: v.number(),
      seen: v.number(),
      ended: nullableNumber,
      acknowledged: v.nullable(v.object({ by: v.nullable(v.string()), at: v.number() })),
    }),
  ),
  rules: v.array(
    v.object({
      id: v.string(),
      what: v.string(),
      level: v.picklist(LEVELS),
      own: v.nullable(v.object({ author: v.nullable(v.string()), version: v.number() })),
    }),
  ),
  watched: v.boolean(),
  problem: v.nullable(v.string()),
})
