import { check, type Program, parse } from '@hotcb/expr'
import { nearest } from '@hotcb/protocol'

/** The actions that a custom rule can take on a trial. */
export const RULE_ACTIONS = ['prune', 'stop', 'pause', 'report'] as const
export type RuleAction = (typeof RULE_ACTIONS)[number]

/** A line such as `- Rule: prune when loss > 5 and step >= 100` in PROMPT.md or in the plan. */
export interface CustomRule {
  /** The rule as one normalized line. */
  readonly text: string
  readonly action: RuleAction
  readonly condition: Program
}

/** A line that looks like a rule but cannot be used. */
export interface RuleProblem {
  readonly text: string
  readonly why: string
}

const MOST_RULES = 50

/** Reads rules from several strings. A duplicate rule counts once. */
export function readRules(...texts: readonly string[]): {
  readonly rules: readonly CustomRule[]
  readonly problems: readonly RuleProblem[]
} {
  const rules = new Map<string, CustomRule>()
  const problems = new Map<string, RuleProblem>()
  for (const line of texts.flatMap((text) => text.split('\n'))) {
    const [, said] = /^\s*(?:[-*]\s+)?Rule:\s*(.+?)\s*$/i.exec(line) ?? []
    if (said === undefined || rules.size + problems.size >= MOST_RULES) continue
    const read = readRule(said)
    if ('why' in read) problems.set(read.text, read)
    else rules.set(read.text, read)
  }
  return { rules: [...rules.values()], problems: [...problems.values()] }
}

function readRule(text: string): CustomRule | RuleProblem {
  const [, word = '', condition = ''] = /^(\w+)\s+(?:when|if)\s+(.+)$/i.exec(text) ?? []
  const action = RULE_ACTIONS.find((one) => one === word.toLowerCase())
  if (action === undefined) return { text, why: `a rule is ${RULE_ACTIONS.join(', ')}, then "when" and a condition` }
  const parsed = parse(condition, { dialect: 'rule' })
  const [problem] = parsed.ok ? check(parsed.value, { nearest }) : [parsed.problem]
  if (!parsed.ok || problem !== undefined) return { text, why: problem?.message ?? 'the condition cannot be read' }
  return { text: `${action} when ${condition}`, action, condition: parsed.value }
}
