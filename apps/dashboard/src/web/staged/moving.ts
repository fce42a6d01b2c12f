import { type ControlDescription, isRampMoving, type Json, sameJson } from '@hotcb/protocol'

/** Earlier values of a control. */
interface Course {
  readonly value: Json
  readonly moves: number
}

/** Distinguishes controls that the trainer itself moves, such as a rate under a schedule, from those that a command changed. */
export interface MovingKeys {
  /**
   * Takes the controls as they are now.
   *
   * @param changesOf How many changes of a key the ledger has.
   * @param step The step of the trainer; null if it is unknown.
   */
  take(controls: readonly ControlDescription[], changesOf: (key: string) => number, step: number | null): void
  /** The keys that move by themselves. */
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
