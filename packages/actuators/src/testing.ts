// Conformance cases that every control must pass. They need no test framework.
import { type Json, sameJson } from '@hotcb/protocol'
import type { Actuator } from './actuator.ts'
import { createRegistry } from './registry.ts'
import { isWritten } from './verify.ts'

/** One requirement for a control. */
export interface ActuatorCase {
  /** A sentence for use as a test title. */
  readonly title: string
  /** Throws when the control does not meet the requirement. */
  run(): void
}

/** A new control with values to try. Each value is a list with one element for each parameter group. */
export interface ActuatorSample {
  readonly actuator: Actuator
  readonly values: readonly (readonly Json[])[]
}

/**
 * Returns cases that any control must pass.
 *
 * @param make Returns a new control of a new trainer each time.
 *
 * @example
 * ```ts
 * for (const { title, run } of actuatorCases(make)) test(title, run)
 * ```
 */
export function actuatorCases(make: () => ActuatorSample): readonly ActuatorCase[] {
  return [
    { title: 'can be registered', run: () => void createRegistry([make().actuator]) },
    { title: "begins with the trainer's value", run: () => beginsAsIs(make().actuator) },
    { title: 'returns the value that was set', run: () => givesBack(make()) },
    { title: 'returns to its initial value, bit for bit', run: () => goesBack(make()) },
    { title: 'can be set to the same value again', run: () => setsAgain(make()) },
  ]
}

function beginsAsIs(actuator: Actuator): void {
  const actual = actuator.get?.() ?? actuator.initial
  if (!sameJson(actual, actuator.initial)) fail(actuator, 'begins with', actuator.initial, actual)
}

function givesBack({ actuator, values }: ActuatorSample): void {
  for (const one of values) {
    actuator.set(one)
    if (actuator.get && !isWritten(actuator, one, undefined)) fail(actuator, 'was set to', one, actuator.get())
  }
}

function goesBack({ actuator, values }: ActuatorSample): void {
  for (const one of values) actuator.set(one)
  actuator.set(actuator.initial)
  const actual = actuator.get?.() ?? actuator.initial
  if (!sameJson(actual, actuator.initial)) fail(actuator, 'was restored to', actuator.initial, actual)
}

function setsAgain({ actuator, values }: ActuatorSample): void {
  for (const one of values) {
    actuator.set(one)
    actuator.set(one)
    if (actuator.get && !isWritten(actuator, one, undefined)) fail(actuator, 'was set twice to', one, actuator.get())
  }
}

function fail(actuator: Actuator, what: string, right: readonly Json[], got: readonly Json[]): never {
  throw new Error(`\`${actuator.key}\` ${what} ${JSON.stringify(right)}, but has ${JSON.stringify(got)}`)
}
