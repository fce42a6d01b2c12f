import type { ActuatorState, ControlDescription, Json } from '@hotcb/protocol'
import type { Actuator } from './actuator.ts'
import { type Cell, shownValues } from './cell.ts'

/** A control as people see it. Disabled ones are shown too, or nobody could enable them again. */
export function describeControl(
  actuator: Actuator,
  cell: Cell,
  state: ActuatorState,
  step: number,
): ControlDescription {
  const { spec } = actuator
  const values = shownValues(actuator, cell, step) ?? []
  return {
    param_key: actuator.key,
    type: spec.type,
    label: actuator.label,
    group: actuator.group,
    min: spec.min,
    max: spec.max,
    step: spec.step,
    log_base: spec.type === 'log_float' ? 10 : null,
    choices: spec.choices,
    current: values[0] ?? null,
    state,
    ...(actuator.unit !== null && { unit: actuator.unit }),
    ...(actuator.paramGroups.length > 1 && {
      groups: actuator.paramGroups.map((name, i): { name: string; value: Json } => ({
        name,
        value: values[i] ?? null,
      })),
    }),
    ...(cell.ramp !== null && { ramp: { ...cell.ramp } }),
  }
}
