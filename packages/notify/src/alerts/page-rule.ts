import { isObject, messageOf, oneLine, parseJson, show } from '@hotcb/protocol'
import { ConfigFields, type Problems } from '../config/fields.ts'
import { readRule } from '../config/read-rule.ts'
import { parseWhen } from '../config/when.ts'
import { LEAST_KEPT } from '../engine/engine.ts'
import type { NotifyRule } from '../types.ts'

/** The fields of a rule that people create in the dashboard; the same as in `hotcb.notify.yaml`, except channels and templates. */
export const PAGE_RULE_FIELDS = ['on', 'metric', 'value', 'window', 'when', 'for', 'level'] as const

/** A valid rule, or its first problem. */
export type PageRuleReading =
  | { readonly ok: true; readonly rule: NotifyRule }
  | { readonly ok: false; readonly problem: string }

const LONGEST_ID = 60
const MOST_RULES = 50
const COOLDOWN = '15m'

/**
 * Reads one rule from `hotcb.alerts.json`. Its alerts are shown on the page; it sends no messages.
 *
 * @param id The name of the rule, 1 to 60 characters without control characters.
 */
export function readPageRule(id: string, entry: Readonly<Record<string, unknown>>): PageRuleReading {
  const found: string[] = []
  const problems: Problems = { add: (_, message) => void found.push(oneLine(message)) }
  if (id.trim() === '' || id.length > LONGEST_ID || oneLine(id) !== id)
    found.push(`the name of a rule must be 1 to ${LONGEST_ID} characters long and on one line, got ${show(id)}`)
  const fields = Object.fromEntries(PAGE_RULE_FIELDS.flatMap((key) => (entry[key] == null ? [] : [[key, entry[key]]])))
  const rule = readRule(new ConfigFields({ ...fields, id, cooldown: COOLDOWN }, [id], problems), 0, [])
  if (rule?.when != null && found.length === 0) {
    const parsed = parseWhen(rule.when)
    const longest = parsed.ok ? parsed.value.longestWindow : 0
    if (longest > LEAST_KEPT) found.push(`\`when\` must need fewer than ${LEAST_KEPT} values, got ${longest}`)
  }
  const [problem] = found
  if (problem !== undefined) return { ok: false, problem }
  return rule === undefined ? { ok: false, problem: `a rule needs \`on\` or \`when\`` } : { ok: true, rule }
}

/** Reads `hotcb.alerts.json`: the valid rules, in file order, and the problems with the others. */
export function readPageRules(text: string): {
  readonly rules: readonly NotifyRule[]
  readonly problems: readonly string[]
} {
  const parsed = parseJson(text)
  if (!parsed.ok) return { rules: [], problems: [`not JSON: ${oneLine(parsed.reason)}`] }
  const all = isObject(parsed.value) ? (parsed.value['rules'] ?? {}) : undefined
  if (!isObject(all)) return { rules: [], problems: ['must be an object with `rules`'] }
  const rules: NotifyRule[] = []
  const problems: string[] = []
  for (const [id, entry] of Object.entries(all)) {
    if (!isObject(entry) || entry['deleted'] === true) continue
    if (rules.length >= MOST_RULES) {
      problems.push(`more than ${MOST_RULES} rules: the others are not used`)
      break
    }
    const read = readSafely(id, entry)
    if (read.ok) rules.push(read.rule)
    else problems.push(`rule ${show(id)}: ${read.problem}`)
  }
  return { rules, problems }
}

function readSafely(id: string, entry: Readonly<Record<string, unknown>>): PageRuleReading {
  try {
    return readPageRule(id, entry)
  } catch (error) {
    // A file that anyone may edit must not stop the notifier.
    return { ok: false, problem: messageOf(error) }
  }
}
