import { type Json, requireSync } from '@hotcb/protocol'
import type { Actuator } from './actuator.ts'
import { type Cell, valuesAt } from './cell.ts'
import { copied } from './copied.ts'

/**
 * Writes values into the trainer, one for each parameter group.
 *
 * @throws Whatever the setter throws, and TypeError when it returns a promise, since it is unknown when that value
 *   takes effect.
 */
export function write(actuator: Actuator, values: readonly Json[]): void {
  // Lists are copied, so that changes by the trainer do not affect the ledger.
  const own = values.some((value) => typeof value === 'object') ? values.map(copied) : values
  requireSync<unknown>(actuator.set(own), 'its setter')
}

/** Writes the content of a cell at a step: the values, or the scales if the trainer multiplies by them itself. */
export function writeCell(actuator: Actuator, cell: Cell, step: number): void {
  if (actuator.setScale === undefined) write(actuator, valuesAt(actuator, cell, step))
  else requireSync<unknown>(actuator.setScale(cell.values.map(Number)), 'its setter')
}

/**
 * Returns the actual values in the trainer; undefined if the control has no getter.
 *
 * @throws Whatever the getter throws, and TypeError when it returns a promise.
 */
export function read(actuator: Actuator): readonly Json[] | undefined {
  const values = actuator.get?.()
  if (values !== undefined) for (let i = 0; i < values.length; i++) requireSync(values[i], 'its getter')
  return values
}
