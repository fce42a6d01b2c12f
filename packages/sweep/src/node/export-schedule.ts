import type { TrialRecord } from '../journal/fold.ts'
import { overrideLine } from '../plan/overrides.ts'
import { configOf } from '../plan/stages.ts'
import { type Schedule, scheduleOf } from './population/schedule.ts'
import { selectTrials } from './request-trials.ts'
import { searchedTrials } from './search-outcomes.ts'
import { SweepError } from './sweep-error.ts'
import { configInForce, type Workspace } from './workspace.ts'

/** Returns a trial's schedule. @throws SweepError `refused` if a recipe would not reproduce it. */
export function sweepSchedule(workspace: Workspace, index: number): Schedule {
  const [record] = selectTrials(workspace, { index })
  if (record === undefined || record.attempts.length === 0) {
    throw new SweepError('refused', `trial ${index} was never started`)
  }
  const schedule = scheduleOf(workspace.journal.fold, workspace.paths.results, index)
  if (!schedule.ok) throw new SweepError('refused', schedule.message)
  return schedule.value
}

/** Returns the completed trial with the best objective; null if there is none. */
export function bestTrial(workspace: Workspace): number | null {
  const { objective, retries } = configInForce(workspace)
  if (objective === null) return null
  const cost = (value: number): number => (objective.direction === 'max' ? -value : value)
  let best: { readonly i: number; readonly cost: number } | null = null
  for (const record of workspace.journal.fold.trials.values()) {
    if (record.isDropped) continue
    const [found] = searchedTrials(workspace, objective, retries, [record])
    if (found?.outcome.kind !== 'complete') continue
    const one = { i: record.trial.i, cost: cost(found.outcome.value) }
    if (best === null || one.cost < best.cost) best = one
  }
  return best?.i ?? null
}

/** Returns the arguments for a trial's launcher. */
export function trialOverrides(workspace: Workspace, { trial }: TrialRecord): string {
  const { staticOverrides } = configOf(configInForce(workspace), trial)
  return overrideLine(trial.name, trial.params, staticOverrides, trial.extras)
}
