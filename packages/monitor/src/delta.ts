import type { TickDelta, TrialView } from './types.ts'

/** The state and attempt of each trial at the end of a tick, such as `failed 2`. */
export type StampTable = Readonly<Record<string, string>>

export function stampsOf(trials: readonly TrialView[]): StampTable {
  return Object.fromEntries(trials.map(({ i, state, attempt }) => [String(i), `${state} ${attempt}`]))
}

/**
 * Returns the changes since the last finished tick. Without such a tick, nothing counts as new, because old failures should not be
 * reported.
 */
export function deltaSince(before: StampTable | null, trials: readonly TrialView[]): TickDelta {
  const now = stampsOf(trials)
  const changed = trials.filter(({ i }) => before !== null && before[String(i)] !== now[String(i)])
  const into = (...states: readonly string[]): readonly number[] =>
    changed.filter(({ state }) => states.includes(state)).map(({ i }) => i)
  return {
    failed: into('failed'),
    completed: into('completed'),
    pruned: into('pruned'),
    started: into('running'),
  }
}

/** Returns the kind of change that makes the monitor call the model; null if there is none. */
export function wakes({ failed, completed }: TickDelta): 'failure' | 'completion' | null {
  if (failed.length > 0) return 'failure'
  return completed.length > 0 ? 'completion' : null
}
