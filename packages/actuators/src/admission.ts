import { type Json, ok, type Result } from '@hotcb/protocol'
import type { Actuator } from './actuator.ts'
import { checkValue, sameValue } from './value.ts'

/**
 * Checks a value for one parameter group of a control: what its spec takes, and what the group had at registration.
 * A rate of 0 in a frozen group, or a weight that began out of its bounds, can so be put back.
 *
 * @param key Named in the reason.
 */
export function admit(actuator: Actuator, group: number, key: string, value: Json): Result<Json> {
  const checked = checkValue(actuator.spec, key, value)
  if (checked.ok) return checked
  const registered = actuator.initial[group]
  return registered !== undefined && sameValue(registered, value) ? ok(value) : checked
}

/**
 * One value for every group, or a list with one for each: a value for each group.
 *
 * @param indices The parameter groups an op is narrowed to; null for all.
 */
export function admitAll(
  actuator: Actuator,
  key: string,
  value: Json,
  indices: readonly number[] | null,
): Result<readonly Json[]> {
  const size = indices?.length ?? actuator.paramGroups.length
  const isList = isOnePerGroup(actuator, value, size)
  const values: Json[] = []
  for (let i = 0; i < size; i++) {
    const one = isList ? (value[i] ?? null) : value
    const checked = admit(actuator, indices?.[i] ?? i, key, one)
    if (!checked.ok) return checked
    values.push(checked.value)
  }
  return ok(values)
}

// A tuple is a list itself, so one for each group is a list of lists.
function isOnePerGroup(actuator: Actuator, value: Json, size: number): value is readonly Json[] {
  if (!Array.isArray(value) || value.length !== size) return false
  const { type } = actuator.spec
  return type === 'tuple' ? value.every((one) => Array.isArray(one)) : type !== 'choice'
}
