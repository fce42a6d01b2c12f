import { AI_RULE_ID } from './ai/ai-rule.ts'
import { readKeyMetric } from './key-metric.ts'
import { AGENT_RULE_ID } from './proposal-request.ts'
import { formatRuleProblem, openRuleReader, type RuleProblem, type RuleReader } from './rule-reader.ts'
import { readRuleV1 } from './rule-v1.ts'
import { readRuleV2 } from './rule-v2.ts'
import type { Rule, RuleSet } from './types.ts'

/** The rules in a file, or all of its problems. `reason` is the first problem, with its location. */
export type RuleFileReading =
  | { readonly ok: true; readonly value: RuleSet }
  | { readonly ok: false; readonly reason: string; readonly problems: readonly RuleProblem[] }

/**
 * Reads a rule file: version 1, which is an unchanged hotcb 2 guidelines file, or version 2. JSON is also valid YAML. A file with a problem
 * is rejected as a whole.
 *
 * @param file The file name, for messages.
 */
export function readRuleFile(text: string, { file = 'rules.yaml' }: { readonly file?: string } = {}): RuleFileReading {
  const problems: RuleProblem[] = []
  const top = openRuleReader(text, file, problems)
  const set = top === undefined ? undefined : readTop(top)
  const [first] = problems
  if (first !== undefined || set === undefined) {
    return { ok: false, reason: first === undefined ? `${file}: no rules` : formatRuleProblem(first), problems }
  }
  return { ok: true, value: set }
}

/** Joins the rules from several files into one set. A later rule replaces an earlier one with the same id. */
export function joinRuleSets(sets: readonly RuleSet[]): RuleSet {
  const byId = new Map<string, Rule>()
  for (const { rules } of sets) for (const rule of rules) byId.set(rule.id, rule)
  const keyMetric = sets.reduce<RuleSet['keyMetric']>((found, set) => set.keyMetric ?? found, null)
  return { rules: [...byId.values()], keyMetric }
}

function readTop(top: RuleReader): RuleSet | undefined {
  const version = top.json('version') ?? 1
  if (version !== 1 && version !== 2) {
    return top.problem('version', `\`version\` must be 1 or 2, got ${JSON.stringify(version)}`)
  }
  top.only(version === 1 ? ['version', 'description', 'rules'] : ['version', 'description', 'key_metric', 'rules'])
  if (!top.has('rules')) return top.problem(null, 'the list `rules` is missing')
  const readers = top.list('rules') ?? []
  const rules = readers.flatMap((reader) => (version === 1 ? readRuleV1(reader) : readRuleV2(reader)) ?? [])
  refuseIds(readers)
  return { rules, keyMetric: version === 1 ? null : readKeyMetric(top) }
}

function refuseIds(readers: readonly RuleReader[]): void {
  const seen = new Map<string, string>()
  for (const reader of readers) {
    const id = reader.json('id')
    if (typeof id !== 'string') continue
    if (id === AI_RULE_ID || id === AGENT_RULE_ID) {
      const whose = id === AI_RULE_ID ? 'the language model' : "agents' requests"
      reader.problem('id', `the id \`${id}\` is reserved for ${whose}; choose a different one`)
    }
    const first = seen.get(id)
    if (first !== undefined) reader.problem('id', `a rule \`${id}\` is already defined at ${first}`)
    seen.set(id, reader.place)
  }
}
