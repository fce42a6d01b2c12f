import type { ActuatorState } from '@hotcb/protocol'
import type { Actuator } from './actuator.ts'
import { type Cell, initialCell } from './cell.ts'
import type { Registry } from './registry.ts'

/**
 * A control that was set, and is checked after 1, 2, 4 and so on steps, so that one that is never verified costs next
 * to nothing.
 */
export interface Unverified {
  /** The step at which it was written; null until the first tick after it. */
  since: number | null
  /** Steps after that until the next check. */
  after: number
}

/** The current state of a trainer's controls. */
export interface Live {
  readonly registry: Registry
  readonly cells: Map<Actuator, Cell>
  readonly states: Map<Actuator, ActuatorState>
  /** The state of a disabled control before: enabling it restores that state. */
  readonly statesBefore: Map<Actuator, ActuatorState>
  /** Set, and not yet verified in the trainer: when each is checked. */
  readonly unverified: Map<Actuator, Unverified>
  /** Those that a schedule or a ramp moves. */
  readonly moving: Set<Actuator>
  /** The problem of a control that cannot be moved or read: reported once. */
  readonly faults: Map<Actuator, string>
  /** Keys disabled since the last query, because they could not be restored. */
  broken: string[]
  /** Increases with every change that descriptions show. */
  version: number
  /** Step at which values were last written. */
  step: number
  /** Whether the trainer has the values at registration: false if other values were registered for it. */
  isWritten: boolean
  /** Whether a schedule or ramp may have moved values since they were registered. */
  isTicked: boolean
}

/** All controls in their state at registration. */
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

/** The cells from which every fold starts. */
export function initialCells(registry: Registry): Map<Actuator, Cell> {
  return new Map(registry.actuators.map((actuator) => [actuator, initialCell(actuator)]))
}

/** Gives a control its cell and state. */
export function settle(live: Live, actuator: Actuator, cell: Cell, state: ActuatorState): void {
  live.cells.set(actuator, cell)
  live.states.set(actuator, state)
  live.statesBefore.delete(actuator)
  if (state === 'unverified') live.unverified.set(actuator, { since: null, after: 1 })
  else live.unverified.delete(actuator)
  if (cell.ramp !== null) live.moving.add(actuator)
  else if (actuator.schedule === undefined) live.moving.delete(actuator)
}
