import { MODES } from '@hotcb/autopilot'
import * as v from 'valibot'

type Schema = v.GenericSchema

const author: Schema = v.nullish(v.pipe(v.string(), v.minLength(1), v.maxLength(200)))

export const ModeBody: Schema = v.object({ mode: v.picklist(MODES), author })
export const RuleBody: Schema = v.object({ enabled: v.boolean() })
export const AnswerBody: Schema = v.object({
  verdict: v.picklist(['approve', 'reject']),
  note: v.nullish(v.pipe(v.string(), v.maxLength(1000))),
  anyway: v.nullish(v.boolean()),
  author,
})
/** `before`: the id of an action; the page begins behind it. */
export const ActionsQuery: Schema = v.object({
  before: v.optional(v.pipe(v.string(), v.maxLength(100))),
  limit: v.optional(v.pipe(v.string(), v.regex(/^[1-9]\d{0,2}$/, 'must be 1 to 999'))),
})
