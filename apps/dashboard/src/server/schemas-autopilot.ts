import { AUTOPILOT_MODES } from '@hotcb/autopilot'
import * as v from 'valibot'

type Schema = v.GenericSchema

const author: Schema = v.nullish(v.pipe(v.string(), v.minLength(1), v.maxLength(200)))

export const ModeBody: Schema = v.object({ mode: v.picklist(AUTOPILOT_MODES), author })
export const RuleBody: Schema = v.object({ enabled: v.boolean() })
export const AnswerBody: Schema = v.object({
  verdict: v.picklist(['approve', 'reject']),
  note: v.nullish(v.pipe(v.string(), v.maxLength(1000))),
  anyway: v.nullish(v.boolean()),
  author,
})
const file: Schema = v.pipe(v.string(), v.minLength(1), v.maxLength(500))
const ruleText: Schema = v.pipe(v.string(), v.maxLength(1_000_000))

/** The new text of a rule file. `stamp` is that of the text that it replaces; null if the file does not exist yet. */
export const RuleTextBody: Schema = v.strictObject({
  file,
  text: ruleText,
  stamp: v.nullable(v.pipe(v.string(), v.maxLength(200))),
})
/** Tries the rules in effect, or the rules with different text in one of the files. */
export const DryRunBody: Schema = v.union([v.strictObject({ file, text: ruleText }), v.strictObject({})])
/** `before`: the id of an action; the page contains the actions before it. */
export const ActionsQuery: Schema = v.object({
  before: v.optional(v.pipe(v.string(), v.maxLength(100))),
  limit: v.optional(v.pipe(v.string(), v.regex(/^[1-9]\d{0,2}$/, 'must be 1 to 999'))),
})
