import { type ControlDescription, isRampMoving, type Json, sameJson } from '@hotcb/protocol'

/** A control's earlier values. */
interface Course {
  readonly value: Json
  readonly moves: number
}

/** Distinguishes controls that the trainer itself changes, such as a learning rate with a schedule, from those that a command changed. */
export interface MovingKeys {
  /**
   * Receives the current controls.
   *
   * @param changesOf Returns how many changes of a key the ledger contains.
   * @param step The step of the trainer; null if it is unknown.
   */
  take(controls: readonly ControlDescription[], changesOf: (key: string) => number, step: number | null): void
  /** Returns the keys that the trainer itself changes. */
  keys(): ReadonlySet<string>
}

export function createMovingKeys(): MovingKeys {
  const courses = new Map<string, Course>()
  const changesAtFirst = new Map<string, number>()
  const moving = new Set<string>()
  return {
    take(controls, changesOf, step) {
      for (const { param_key: key, current, ramp } of controls) {
        const before = courses.get(key)
        const hasMoved = before !== undefined && !sameJson(before.value, current)
        const moves = (before?.moves ?? 0) + (hasMoved ? 1 : 0)
        courses.set(key, { value: current, moves })
        const first = changesAtFirst.get(key) ?? changesOf(key)
        changesAtFirst.set(key, first)
        // The ledger and the controls arrive separately, so a value may arrive before its line.
        if (isRampMoving(ramp, step) || moves > changesOf(key) - first + 1) moving.add(key)
        else moving.delete(key)
      }
    },
    keys: () => moving,
  }
}
