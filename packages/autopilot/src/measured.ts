import { type Direction, effectOf, type LineWindow, MIN_POINTS, verdictOf } from '@hotcb/metrics/judge'
import { isObject, type Json, type JsonObject } from '@hotcb/protocol'
import type { EngineParts } from './engine-parts.ts'

/** An applied action whose effect is not yet known. */
export interface Measured {
  readonly id: string
  readonly rule: string
  readonly step: number
  readonly clock: number
  readonly settle: number
}

export interface MeasuredEffect {
  readonly verdict: 'better' | 'worse' | 'unclear'
  readonly because: string
  readonly evidence: JsonObject
}

/** The number of steps after which an effect is no longer measured. */
const GIVEN_UP_AFTER = 2000

/** Returns an action's effect on a metric once there are enough values; `late` if there were not enough in time. */
export function effectOfAction(
  action: Measured,
  metric: { readonly name: string; readonly window: LineWindow; readonly direction: Direction } | undefined,
  clock: number,
): MeasuredEffect | undefined {
  const waited = clock - action.clock
  if (waited < 2 * action.settle) return undefined
  const after = metric?.window.countAfter(action.step) ?? 0
  if (metric === undefined || after < MIN_POINTS)
    return waited > GIVEN_UP_AFTER ? unclear('too few values since') : undefined
  const { window, name } = metric
  const values = [...window.tail(window.length)].map((value) => window.sign * value)
  const steps = values.map((_, i) => window.step(values.length - 1 - i))
  const effect = effectOf(steps, values, action.step)
  if (effect === undefined) return unclear(`too few values of ${name} before it on this line`)
  const told = verdictOf(effect, metric.direction)
  const verdict = told === 'better' || told === 'worse' ? told : 'unclear'
  const { shift, low, high } = effect
  return {
    verdict,
    because: `${name} ${shift < 0 ? 'lower' : 'higher'} by ${short(Math.abs(shift))} (95 % interval ${short(low)} to ${short(high)}) against its own trend, no twin`,
    evidence: { metric: name, shift, low, high },
  }
}

function unclear(because: string): MeasuredEffect {
  return { verdict: 'unclear', because, evidence: {} }
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)))
}

export function readMeasured(saved: Json | undefined): readonly Measured[] {
  if (!Array.isArray(saved)) return []
  return saved.flatMap((one: unknown) => {
    if (!isObject(one)) return []
    const { id, rule, step, clock, settle } = one
    const isOne = typeof id === 'string' && typeof rule === 'string' && [step, clock, settle].every(Number.isFinite)
    // The fields are checked above.
    return isOne ? [{ id, rule, step: Number(step), clock: Number(clock), settle: Number(settle) }] : []
  })
}

/** Reports the effects of applied actions that can now be measured. */
export function measure(parts: EngineParts, step: number): void {
  const { state, watch, armings } = parts
  const { keyMetric } = watch
  const window = keyMetric === null ? undefined : watch.find(keyMetric.name)
  const metric = window === undefined || keyMetric === null ? undefined : { ...keyMetric, window }
  const left: Measured[] = []
  for (const action of state.measured) {
    const effect = effectOfAction(action, metric, state.clock)
    if (effect === undefined) {
      left.push(action)
      continue
    }
    const arming = armings.get(action.rule)
    if (arming !== undefined) arming.worse = effect.verdict === 'worse' ? arming.worse + 1 : 0
    parts.emit({ kind: 'outcome', id: action.id, step, ...effect })
  }
  state.measured = left
}
