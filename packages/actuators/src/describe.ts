import type { ActuatorState, ControlDescription } from '@hotcb/protocol'
import type { Actuator } from './actuator.ts'
import { type Cell, shownValues } from './cell.ts'

/** Returns the description of a control. Disabled controls have one too, so that they can be enabled again. */
export function describeControl(
  actuator: Actuator,
  rule: ControlDescription,
  cell: Cell,
  state: ActuatorState,
  step: number,
): ControlDescription {
  const values = shownValues(actuator, cell, step) ?? []
  return {
    ...rule,
    current: values[0] ?? null,
    state,
    ...(rule.groups && { groups: rule.groups.map((group, i) => ({ ...group, value: values[i] ?? null })) }),
    ...(cell.ramp !== null && { ramp: { ...cell.ramp } }),
  }
}
