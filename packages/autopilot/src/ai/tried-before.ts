import { type ControlDescription, isObject, type Json } from '@hotcb/protocol'
import { rateControl } from '../rate-control.ts'
import type { ActionRecord, RuleAction, ValueChange } from '../types.ts'

const NOVELTY_STEPS = 500
/** Values whose relative difference is below this are treated as equal. */
const SAME = 0.1

/**
 * Returns why a change is a repetition: the key was set to nearly this value within the last 500 steps, and that did not help. Null if the
 * change is new.
 */
export function triedBefore(
  action: RuleAction,
  controls: readonly ControlDescription[],
  past: readonly ActionRecord[],
  step: number,
): string | null {
  for (const [key, to] of targetsOf(action, controls)) {
    const tried = past.find((one) => isTried(one, key, to, step))
    if (tried === undefined) continue
    const { step: at, id, outcome } = tried
    return `${key} ${to} was tried at step ${at} (${id}), and the effect was ${outcome ?? 'not measured yet'}`
  }
  return null
}

/** Returns the numbers that an action would set, by key. */
function targetsOf(
  action: RuleAction,
  controls: readonly ControlDescription[],
): readonly (readonly [string, number])[] {
  if (action.kind === 'op') {
    const { lr } = action.op.params ?? {}
    return typeof lr === 'number' ? [['lr', lr]] : []
  }
  if (action.kind !== 'set') return []
  return Object.entries(action.values).flatMap(([asked, change]) => {
    const key = asked === 'lr' && !('to' in change) ? (rateControl(controls)?.key ?? asked) : asked
    const to = targetOf(change, controls.find(({ param_key }) => param_key === key)?.current ?? null)
    return to === null ? [] : [[key, to] as const]
  })
}

function targetOf(change: ValueChange, current: Json): number | null {
  if ('to' in change) return typeof change.to === 'number' ? change.to : null
  return 'mul' in change && typeof current === 'number' ? current * change.mul : null
}

const UNDONE: ReadonlySet<string> = new Set(['failed', 'expired', 'lapsed', 'frozen'])

function isTried({ command, step: at, outcome, state }: ActionRecord, key: string, to: number, step: number): boolean {
  if (command === null || at === null || step - at > NOVELTY_STEPS || outcome === 'better' || UNDONE.has(state))
    return false
  const params = command['params']
  const value = isObject(params) ? params[key] : undefined
  return typeof value === 'number' && Math.abs(value - to) <= SAME * Math.abs(to)
}
