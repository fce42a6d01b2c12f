import { type ControlDescription, type ControlGroup, checkValue, type Json } from '@hotcb/protocol'
import { type Actuator, isScaled } from './actuator.ts'

/** Returns the part of a control's description that never changes, with the values at registration as the current ones. */
export function ruleOf(actuator: Actuator): ControlDescription {
  const { spec, paramGroups, initial, unit } = actuator
  const bare: ControlDescription = {
    param_key: actuator.key,
    type: spec.type,
    label: actuator.label,
    group: actuator.group,
    min: spec.min,
    max: spec.max,
    step: spec.step,
    log_base: spec.type === 'log_float' ? 10 : null,
    choices: spec.choices,
    current: initial[0] ?? null,
    state: 'init',
    ...(unit !== null && { unit }),
  }
  if (isOneWithoutName(actuator)) return { ...bare, ...exception(bare, initial[0] ?? null) }
  return { ...bare, groups: paramGroups.map((name, i) => groupOf(actuator, bare, name, i)) }
}

/** Returns the factor of one group when one rate is set for all groups, without a schedule. */
export function ratioOf(actuator: Actuator, group: number): number {
  const { initial, keepRatios } = actuator
  const first = Number(initial[0])
  return !keepRatios || isScaled(actuator) || first === 0 ? 1 : Number(initial[group]) / first
}

function isOneWithoutName({ paramGroups, positions }: Actuator): boolean {
  return paramGroups.length === 1 && paramGroups[0] === '' && (positions?.[0] ?? 0) === 0
}

function groupOf(actuator: Actuator, bare: ControlDescription, name: string, i: number): ControlGroup {
  const value = actuator.initial[i] ?? null
  const place = actuator.positions?.[i] ?? i
  const ratio = ratioOf(actuator, i)
  return {
    name,
    value,
    ...(place !== i && { place }),
    ...(ratio !== 1 && { ratio }),
    ...exception(bare, value),
  }
}

// The value at registration is always allowed, so that a weight that began outside its bounds, or the rate of 0 of a
// frozen group, can be restored.
function exception(bare: ControlDescription, value: Json): { readonly registered?: Json } {
  return checkValue(bare, value).ok ? {} : { registered: value }
}
