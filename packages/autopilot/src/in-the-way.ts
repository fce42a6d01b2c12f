import { type ControlDescription, sameJson } from '@hotcb/protocol'
import type { EngineParts } from './engine-parts.ts'
import type { OpenAction } from './open-actions.ts'
import { AGENT_RULE_ID } from './proposal-request.ts'
import type { EngineInput, Rule } from './types.ts'

/** Returns an action on the same controls that the trainer has yet to decide. Until then, no other action may change them. */
export function actionInTheWay({ open }: EngineParts, rule: Rule): OpenAction | undefined {
  return open.related(ruleIdOf(rule), keysOf(rule)).find(({ isProposal }) => !isProposal)
}

/**
 * Returns an open proposal that makes another one pointless: it comes from the same rule, or changes the same controls. A rescue does not
 * wait for other rules' proposals, because the run may be lost by then. A proposal whose controls have changed in the meantime would be
 * refused, so nothing waits for it.
 */
export function proposalInTheWay({ open }: EngineParts, rule: Rule, seen: EngineInput): OpenAction | undefined {
  const keys = isRescue(rule) ? [] : keysOf(rule)
  return open.related(ruleIdOf(rule), keys).find((action) => action.isProposal && !isStale(action, seen.controls()))
}

/**
 * Returns the id by which proposals block each other. Several agents may have pending requests at the same time, so only the controls
 * matter for them.
 */
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

/**
 * Returns the controls that a rule changes. The learning rate has two controls: under a schedule, its scale is changed instead.
 */
export function keysOf({ action }: Rule): readonly string[] {
  if (action.kind === 'set') return withScale(Object.keys(action.values))
  if (action.kind === 'op') return action.op.op === 'set_params' ? withScale(Object.keys(action.op.params ?? {})) : []
  return action.what === 'rescue' ? RATES : action.what === 'clip' ? ['clip_norm'] : []
}

const RATES: readonly string[] = ['lr', 'scheduler_scale']

function withScale(keys: readonly string[]): readonly string[] {
  return keys.some((key) => RATES.includes(key)) ? [...new Set([...keys, ...RATES])] : keys
}
