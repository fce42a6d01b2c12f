import { type ControlDescription, type JsonObject, type ProposalRequest, readRelative, sameJson } from '@hotcb/protocol'
import { aiRule } from './ai/ai-rule.ts'
import type { Rule, RuleAction, ValueChange } from './types.ts'

/** The rule id of what agents ask for, in the log and in the ledger. No rule of a file may have it. */
export const AGENT_RULE_ID = 'agent'

/** Seconds in which an autopilot must read a request. Later its reason may no longer be true. */
export const REQUEST_LIFE_S = 1800

/** The rule that represents an agent, so that its request is checked like a rule that fires. */
export function agentRule(action: RuleAction): Rule {
  return { ...aiRule(action), id: AGENT_RULE_ID, description: 'what an agent asked for' }
}

/** A request as an action. A plain change of controls is resolved and bounded like that of a rule. */
export function actionOfRequest({ command }: ProposalRequest): RuleAction {
  const { source: _s, note: _n, author: _a, cid: _c, expires: _e, ...op } = command
  const params = command.params ?? {}
  const isPlain = op.op === 'set_params' && (op.id ?? 'main') === 'main' && !OF_GROUPS.some((key) => key in params)
  return isPlain ? { kind: 'set', values: changesOf(params) } : { kind: 'op', op }
}

const OF_GROUPS = ['group', 'groups', 'key', 'value']

function changesOf(params: JsonObject): Readonly<Record<string, ValueChange>> {
  return Object.fromEntries(Object.entries(params).map(([key, value]) => [key, readRelative(value) ?? { to: value }]))
}

/** Who asked, and why, as one sentence. */
export function requestText({ author, source, note }: ProposalRequest): string {
  return `${author ?? 'an agent'} asked through ${source}: ${note}`
}

/** Why a request is too old to become a proposal, or null. @param now Epoch seconds. */
export function staleRequest(
  { ts, command }: ProposalRequest,
  controls: readonly ControlDescription[],
  now: number,
): string | null {
  if (now - ts > REQUEST_LIFE_S) return `no autopilot read the request within ${REQUEST_LIFE_S / 60} minutes`
  for (const [key, value] of Object.entries(command.expect ?? {})) {
    const control = controls.find(({ param_key }) => param_key === key)
    if (control !== undefined && !sameJson(control.current, value)) {
      return `${key} was ${JSON.stringify(value)} when it was requested, and is ${JSON.stringify(control.current)}`
    }
  }
  return null
}
