import { type ControlDescription, isRampMoving } from '@hotcb/protocol'

/** Whether a ramp may change a control: it must be a number that no schedule changes. */
export function canRamp(
  { param_key: key, type, current, state, ramp }: ControlDescription,
  controls: readonly ControlDescription[],
  moving: ReadonlySet<string>,
): boolean {
  const isNumber = (type === 'int' || type === 'float' || type === 'log_float') && typeof current === 'number'
  const isScheduled = key === 'lr' && controls.some(({ param_key: other }) => other === 'scheduler_scale')
  return isNumber && state !== 'disabled' && !isScheduled && (!moving.has(key) || isRampMoving(ramp, null))
}
