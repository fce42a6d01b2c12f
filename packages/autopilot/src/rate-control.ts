import { type ControlDescription, moduleOfGroup } from '@hotcb/protocol'

/** The control that sets the learning rate, and its current value. */
export interface RateControl {
  readonly key: 'lr' | 'scheduler_scale'
  readonly module: string
  readonly value: number
  readonly min: number | null
  readonly max: number | null
  readonly isOnRamp: boolean
}

/**
 * Returns the control that multiplies the rate: the scale of a schedule if there is one, otherwise `lr` itself. Undefined if the
 * trainer has none.
 */
export function rateControl(controls: readonly ControlDescription[]): RateControl | undefined {
  const named = (key: string): ControlDescription | undefined =>
    controls.find((one) => one.param_key === key && one.state !== 'disabled' && typeof one.current === 'number')
  const found = named('scheduler_scale') ?? named('lr')
  if (found === undefined || typeof found.current !== 'number') return undefined
  return {
    key: found.param_key === 'lr' ? 'lr' : 'scheduler_scale',
    module: moduleOfGroup(found.group),
    value: found.current,
    min: found.min,
    max: found.max,
    isOnRamp: (found.ramp ?? null) !== null,
  }
}

/** Limits a value to the bounds of a control. */
export function clamped(
  value: number,
  { min, max }: { readonly min: number | null; readonly max: number | null },
): number {
  return Math.min(max ?? value, Math.max(min ?? value, value))
}
