import type { ActuatorState } from '@hotcb/protocol'
import type { Actuator } from './actuator.ts'
import { type Cell, initialCell } from './cell.ts'
import type { Registry } from './registry.ts'

/**
 * A control that was set and is not yet verified. It is checked after 1, 2, 4, 8 and more steps, at doubling intervals,
 * so that a control that is never verified costs next to nothing.
 */
export interface Unverified {
  /** The step at which it was written; null until the first tick after it. */
  since: number | null
  /** The number of steps from then to the next check. */
  after: number
}

/** The current state of a trainer's controls. */
export interface Live {
  readonly registry: Registry
  readonly cells: Map<Actuator, Cell>
  readonly states: Map<Actuator, ActuatorState>
  /** The state of each disabled control before it was disabled. Enabling the control restores it. */
  readonly statesBefore: Map<Actuator, ActuatorState>
  /** The controls that were set but are not yet verified, with the time of the next check. */
  readonly unverified: Map<Actuator, Unverified>
  /** The controls whose values a schedule or a ramp is changing. */
  readonly moving: Set<Actuator>
  /**
   * The problem with each control that cannot be set by its schedule or ramp, or cannot be read. It is reported once.
   */
  readonly faults: Map<Actuator, string>
  /** The keys that were disabled since the last call of `takeBroken`, because they could not be restored. */
  broken: string[]
  /** Increases with every change that descriptions show. */
  version: number
  /** Step at which values were last written. */
  step: number
  /** Whether the trainer has the values at registration. False if other values were registered for it. */
  isWritten: boolean
  /** Whether a schedule or a ramp may have changed values since they were registered. */
  isTicked: boolean
}

/** Creates the state in which all controls are as registered. */
export function createLive(registry: Registry): Live {
  const { actuators } = registry
  return {
    registry,
    cells: initialCells(registry),
    states: new Map(actuators.map((actuator) => [actuator, 'untouched'])),
    statesBefore: new Map(),
    unverified: new Map(),
    moving: new Set(actuators.filter((actuator) => actuator.schedule !== undefined)),
    faults: new Map(),
    broken: [],
    version: 1,
    step: 0,
    isWritten: true,
    isTicked: false,
  }
}

/** Returns the states at registration, from which every rebuild of the history starts. */
export function initialCells(registry: Registry): Map<Actuator, Cell> {
  return new Map(registry.actuators.map((actuator) => [actuator, initialCell(actuator)]))
}

/** Sets the cell and the state of a control. */
export function settle(live: Live, actuator: Actuator, cell: Cell, state: ActuatorState): void {
  live.cells.set(actuator, cell)
  live.states.set(actuator, state)
  live.statesBefore.delete(actuator)
  if (state === 'unverified') live.unverified.set(actuator, { since: null, after: 1 })
  else live.unverified.delete(actuator)
  if (cell.ramp !== null) live.moving.add(actuator)
  else if (actuator.schedule === undefined) live.moving.delete(actuator)
}
