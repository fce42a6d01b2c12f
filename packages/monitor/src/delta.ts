import type { TickDelta, TrialView } from './types.ts'

/** The state of each trial at the end of a tick: `failed 2` is its state and its attempt. */
export type StampTable = Readonly<Record<string, string>>

export function stampsOf(trials: readonly TrialView[]): StampTable {
  return Object.fromEntries(trials.map(({ i, state, attempt }) => [String(i), `${state} ${attempt}`]))
}

/** Changes since the last finished tick. Without such a tick nothing counts as new: old failures are no news. */
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

/** Whether anything changed that wakes a model. */
export function wakes({ failed, completed }: TickDelta): 'failure' | 'completion' | null {
  if (failed.length > 0) return 'failure'
  return completed.length > 0 ? 'completion' : null
}
