import { type ControlDescription, sameJson } from '@hotcb/protocol'
import type { EngineParts } from './engine-parts.ts'
import type { OpenAction } from './open-actions.ts'
import { AGENT_RULE_ID } from './proposal-request.ts'
import type { EngineInput, Rule } from './types.ts'

/** An action on the same controls that the trainer has yet to decide. Nothing else may act on them meanwhile. */
export function actionInTheWay({ open }: EngineParts, rule: Rule): OpenAction | undefined {
  return open.related(ruleIdOf(rule), keysOf(rule)).find(({ isProposal }) => !isProposal)
}

/**
 * An open proposal that makes another one pointless: of the same rule, or on the same controls. A rescue does not wait for the proposals
 * of other rules, since the run may be lost by then. A proposal whose controls have other values by now would be refused, and holds up
 * nothing.
 */
export function proposalInTheWay({ open }: EngineParts, rule: Rule, seen: EngineInput): OpenAction | undefined {
  const keys = isRescue(rule) ? [] : keysOf(rule)
  return open.related(ruleIdOf(rule), keys).find((action) => action.isProposal && !isStale(action, seen.controls()))
}

/** Several agents may ask at the same time: only the controls of their requests matter. */
function ruleIdOf({ id }: Rule): string {
  return id === AGENT_RULE_ID ? '' : id
}

function isStale({ expect }: OpenAction, controls: readonly ControlDescription[]): boolean {
  return Object.entries(expect ?? {}).some(([key, value]) => {
    const control = controls.find(({ param_key }) => param_key === key)
    return control !== undefined && !sameJson(control.current, value)
  })
}

export function isRescue({ action }: Rule): boolean {
  return action.kind === 'do' && action.what === 'rescue'
}

/** The controls that a rule changes. The rate is one of two: under a schedule its scale is changed. */
export function keysOf({ action }: Rule): readonly string[] {
  if (action.kind === 'set') return withScale(Object.keys(action.values))
  if (action.kind === 'op') return action.op.op === 'set_params' ? withScale(Object.keys(action.op.params ?? {})) : []
  return action.what === 'rescue' ? RATES : action.what === 'clip' ? ['clip_norm'] : []
}

const RATES: readonly string[] = ['lr', 'scheduler_scale']

function withScale(keys: readonly string[]): readonly string[] {
  return keys.some((key) => RATES.includes(key)) ? [...new Set([...keys, ...RATES])] : keys
}
