import { type ControlDescription, type JsonObject, type ProposalRequest, readRelative, sameJson } from '@hotcb/protocol'
import { aiRule } from './ai/ai-rule.ts'
import type { Rule, RuleAction, ValueChange } from './types.ts'

/** The rule id of agents' requests in the log and in the ledger. No rule in a file may use it. */
export const AGENT_RULE_ID = 'agent'

/** The number of seconds within which an autopilot must read a request. After that, the reason for it may no longer apply. */
export const REQUEST_LIFE_S = 1800

/** Returns the rule that represents an agent, so that its request is checked like a rule that fires. */
export function agentRule(action: RuleAction): Rule {
  return { ...aiRule(action), id: AGENT_RULE_ID, description: 'a change that an agent requested' }
}

/** Converts a request to an action. A plain control change is resolved and limited like a rule's change. */
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

/** Describes a request's author and reason in one sentence. */
export function requestText({ author, source, note }: ProposalRequest): string {
  return `${author ?? 'an agent'} asked through ${source}: ${note}`
}

/** Returns why a request is too old to become a proposal, or null. @param now Epoch seconds. */
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
