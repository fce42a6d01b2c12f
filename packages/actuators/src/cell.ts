import type { Json } from '@hotcb/protocol'
import type { Actuator } from './actuator.ts'
import { type Ramp, rampValue } from './ramp.ts'

/**
 * What is known of one control: all that a fold of the history rebuilds. Under a schedule `values` are the scales by
 * which the scheduled rates are multiplied.
 */
export interface Cell {
  readonly values: readonly Json[]
  readonly ramp: Ramp | null
  readonly enabled: boolean
}

/** A control as it was registered. */
export function initialCell(actuator: Actuator): Cell {
  const values = actuator.schedule ? actuator.paramGroups.map(() => 1) : actuator.initial
  return { values, ramp: null, enabled: true }
}

/** What belongs in the trainer at a step: one value for each parameter group. */
export function valuesAt(actuator: Actuator, cell: Cell, step: number): readonly Json[] {
  if (cell.ramp !== null) return [rampValue(cell.ramp, step)]
  if (!actuator.schedule) return cell.values
  const rates = scheduledRates(actuator, step)
  return cell.values.map((scale, i) => Number(scale) * (rates[i] ?? 0))
}

/** The schedule's rate for each parameter group at a step. */
export function scheduledRates(actuator: Actuator, step: number): readonly number[] {
  const scheduled = actuator.schedule?.(step) ?? 0
  return typeof scheduled === 'number' ? actuator.paramGroups.map(() => scheduled) : scheduled
}
