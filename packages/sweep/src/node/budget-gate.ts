import { EXECUTORS, type SweepConfig } from '../config/config.ts'
import type { Fold, TrialRecord } from '../journal/fold.ts'
import { trialState } from '../journal/trial-state.ts'
import { overBudget, type PerTask, spentOf, trialsLeft } from '../planners/budget.ts'
import type { JournalWriter } from './journal.ts'
import { perTask } from './per-task.ts'
import { taskConfig } from './task-config.ts'

/**
 * Decides which waiting trials may start within the budget. Only the time limits apply to a trial that was started before.
 */
export interface BudgetGate {
  /** Why no trial may start, phrased as the end of a sentence; null while trials may start. */
  readonly closed: string | null
  /** Whether this trial may start now. Call it once for each trial to be started, in order. */
  admits(record: TrialRecord): boolean
}

/** @param now Epoch seconds of the workspace's clock, which never runs backwards. */
export function openBudgetGate(config: SweepConfig, fold: Fold, now: number): BudgetGate {
  if (config.budget === null) return { closed: null, admits: () => true }
  const spent = spentOf(fold.trials.values(), takenBy(config), now)
  const over = overBudget(config.budget, spent, now)
  let left = trialsLeft(config.budget, spent)
  return {
    closed: over ?? (left === 0 ? `${spent.trials} of ${config.budget.trials} trials have been started` : null),
    admits({ attempts }) {
      if (over !== null) return false
      if (attempts.length > 0) return true
      return left-- > 0
    },
  }
}

/** With `hard`, pauses running trials once the budget's time is used up. */
export function pauseOverBudget(config: SweepConfig, writer: JournalWriter, now: number): void {
  if (config.budget?.isHard !== true) return
  const over = overBudget(config.budget, spentOf(writer.fold.trials.values(), takenBy(config), now), now)
  if (over === null) return
  const running = [...writer.fold.trials.values()].filter((record) => trialState(record) === 'running')
  if (running.length === 0) return
  const trials = running.map(({ trial }) => trial.i)
  writer.appendBy('planner', { type: 'wish', trials, want: 'pause', why: `budget: ${over}` })
}

/** Returns the resources of a trial's attempts: those of its stage, overridden by those that conditions set. */
function takenBy(sweep: SweepConfig): (record: TrialRecord, executor: string) => PerTask {
  return ({ trial }, executor) => {
    const config = taskConfig(sweep, trial)
    return perTask(config, EXECUTORS.find((name) => name === executor) ?? config.executor)
  }
}
