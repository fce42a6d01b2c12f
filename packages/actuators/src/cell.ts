import { type Json, type Ramp, rampValue, requireSync, sameJson, show } from '@hotcb/protocol'
import { type Actuator, isScaled } from './actuator.ts'
import { ratioOf } from './rule.ts'

/**
 * The state of one control: everything that is rebuilt when a history is applied. With a schedule, `values` are the
 * scales by which the scheduled rates are multiplied. With a ramp, they are its end values.
 */
export interface Cell {
  readonly values: readonly Json[]
  readonly ramp: Ramp | null
  readonly enabled: boolean
}

/** Returns the state of a control at registration. */
export function initialCell(actuator: Actuator): Cell {
  const values = isScaled(actuator) ? actuator.paramGroups.map(() => 1) : actuator.initial
  return { values, ramp: null, enabled: true }
}

/** Whether a control has its values at registration and no ramp. */
export function isInitial(actuator: Actuator, cell: Cell): boolean {
  return cell.ramp === null && sameJson(cell.values, initialCell(actuator).values)
}

/**
 * Returns the values for the trainer at a step, one for each parameter group.
 *
 * @throws RangeError when the schedule does not return a finite rate for each group, and whatever the schedule throws.
 */
export function valuesAt(actuator: Actuator, cell: Cell, step: number): readonly Json[] {
  if (cell.ramp !== null) return rampedValues(actuator, cell.ramp, step)
  if (!isScaled(actuator)) return cell.values
  const rates = scheduledRates(actuator, step)
  return cell.values.map((scale, i) => Number(scale) * (rates[i] ?? 0))
}

// The ramp's value is distributed like one value for all groups: each group keeps its ratio to group 0, if it has one.
function rampedValues(actuator: Actuator, ramp: Ramp, step: number): readonly number[] {
  const { paramGroups, spec } = actuator
  const exact = rampValue(ramp, step)
  // The ramp runs between whole numbers, so rounding cannot leave its range.
  const first = spec.type === 'int' ? Math.round(exact) : exact
  return paramGroups.length === 1 ? [first] : paramGroups.map((_, i) => first * ratioOf(actuator, i))
}

/** Returns the values to show in a description; null if the schedule fails. */
export function shownValues(actuator: Actuator, cell: Cell, step: number): readonly Json[] | null {
  try {
    return valuesAt(actuator, cell, step)
  } catch {
    // The code that writes the values gets the same error and reports it. The description then has no value.
    return null
  }
}

/**
 * Returns the schedule's rate for each parameter group at a step.
 *
 * @throws RangeError when it does not return a finite one for each, TypeError when it returns a promise.
 */
export function scheduledRates(actuator: Actuator, step: number): readonly number[] {
  const { paramGroups } = actuator
  const given = actuator.schedule === undefined ? actuator.rates?.() : actuator.schedule(step)
  const scheduled = requireSync(given, 'the schedule')
  const rates = typeof scheduled === 'number' ? paramGroups.map(() => scheduled) : scheduled
  if (rates?.length !== paramGroups.length || !rates.every((rate) => Number.isFinite(rate))) {
    const right = paramGroups.length === 1 ? 'a finite rate' : `a finite rate, or ${paramGroups.length} of them,`
    throw new RangeError(`the schedule must return ${right} at step ${step}, got ${show(scheduled)}`)
  }
  return rates
}
