import { atOnce, type Json, type Ramp, sameJson, show } from '@hotcb/protocol'
import { type Actuator, isScaled } from './actuator.ts'
import { rampValue } from './ramp.ts'
import { ratioOf } from './rule.ts'

/**
 * What is known of one control: all that a fold of the history rebuilds. Under a schedule `values` are the scales by
 * which the scheduled rates are multiplied; under a ramp they are where it ends.
 */
export interface Cell {
  readonly values: readonly Json[]
  readonly ramp: Ramp | null
  readonly enabled: boolean
}

/** A control as it was registered. */
export function initialCell(actuator: Actuator): Cell {
  const values = isScaled(actuator) ? actuator.paramGroups.map(() => 1) : actuator.initial
  return { values, ramp: null, enabled: true }
}

/** Whether a control has the values at registration, and no ramp. */
export function isInitial(actuator: Actuator, cell: Cell): boolean {
  return cell.ramp === null && sameJson(cell.values, initialCell(actuator).values)
}

/**
 * What belongs in the trainer at a step: one value for each parameter group.
 *
 * @throws RangeError when the schedule does not give a finite rate for each group, and whatever the schedule throws.
 */
export function valuesAt(actuator: Actuator, cell: Cell, step: number): readonly Json[] {
  if (cell.ramp !== null) return rampedValues(actuator, cell.ramp, step)
  if (!isScaled(actuator)) return cell.values
  const rates = scheduledRates(actuator, step)
  return cell.values.map((scale, i) => Number(scale) * (rates[i] ?? 0))
}

// As one value for all groups is set: each keeps its ratio to group 0, where it has one.
function rampedValues(actuator: Actuator, ramp: Ramp, step: number): readonly number[] {
  const { paramGroups, spec } = actuator
  const exact = rampValue(ramp, step)
  // Between two whole ends, the nearest whole number is within them too.
  const first = spec.type === 'int' ? Math.round(exact) : exact
  return paramGroups.length === 1 ? [first] : paramGroups.map((_, i) => first * ratioOf(actuator, i))
}

/** The same for those who only look: null where the schedule fails. */
export function shownValues(actuator: Actuator, cell: Cell, step: number): readonly Json[] | null {
  try {
    return valuesAt(actuator, cell, step)
  } catch {
    // Whoever writes the values meets the same error and reports it; a description only has none to show.
    return null
  }
}

/**
 * The schedule's rate for each parameter group at a step.
 *
 * @throws RangeError when it does not give a finite one for each, TypeError when it gives a promise.
 */
export function scheduledRates(actuator: Actuator, step: number): readonly number[] {
  const { paramGroups } = actuator
  const given = actuator.schedule === undefined ? actuator.rates?.() : actuator.schedule(step)
  const scheduled = atOnce(given, 'the schedule')
  const rates = typeof scheduled === 'number' ? paramGroups.map(() => scheduled) : scheduled
  if (rates?.length !== paramGroups.length || !rates.every((rate) => Number.isFinite(rate))) {
    const right = paramGroups.length === 1 ? 'a finite rate' : `a finite rate, or ${paramGroups.length} of them,`
    throw new RangeError(`the schedule must give ${right} at step ${step}, got ${show(scheduled)}`)
  }
  return rates
}
