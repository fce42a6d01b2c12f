import type { Budget, LocalOptions } from '../config/config.ts'
import type { Attempt, TrialRecord } from '../journal/fold.ts'

/** The resources that a sweep has used. */
export interface Spent {
  readonly cpuHours: number
  readonly gpuHours: number
  /** The number of started trials. */
  readonly trials: number
}

/** The resources of one attempt. */
export type PerTask = Pick<LocalOptions, 'cpusPerTask' | 'gpusPerTask'>

/** Adds up all attempts. A running attempt counts up to now, and an attempt that never started counts as 0. */
export function spentOf(
  records: Iterable<TrialRecord>,
  perTask: (record: TrialRecord, executor: string) => PerTask,
  now: number,
): Spent {
  let [cpuHours, gpuHours, trials] = [0, 0, 0]
  for (const record of records) {
    const { attempts } = record
    if (attempts.length === 0) continue
    trials++
    for (const attempt of attempts) {
      const { cpusPerTask, gpusPerTask } = perTask(record, attempt.executor)
      const hours = secondsOf(attempt, now) / 3600
      cpuHours += hours * cpusPerTask
      gpuHours += hours * gpusPerTask
    }
  }
  return { cpuHours, gpuHours, trials }
}

function secondsOf({ facts: { begun, ended }, seen }: Attempt, now: number): number {
  if (begun === undefined) return 0
  return Math.max(0, (ended ?? (seen === 'running' ? now : begun)) - begun)
}

/** Returns why no trial may start, phrased as the end of a sentence; null while the budget lasts. */
export function overBudget(budget: Budget | null, spent: Spent, now: number): string | null {
  if (budget === null) return null
  const limits = [
    ['GPU hours', spent.gpuHours, budget.gpuHours],
    ['CPU hours', spent.cpuHours, budget.cpuHours],
  ] as const
  for (const [what, used, most] of limits) {
    if (most !== null && used >= most) return `${used.toFixed(1)} of ${most} ${what} have been used`
  }
  if (budget.until !== null && now >= budget.until) {
    return `the budget ended at ${new Date(budget.until * 1000).toISOString().slice(0, 16)}Z`
  }
  return null
}

/**
 * Returns how many more trials may be started for the first time. A trial that is retried or resumed counts only
 * once.
 */
export function trialsLeft(budget: Budget | null, spent: Spent): number {
  return budget?.trials == null ? Number.POSITIVE_INFINITY : Math.max(0, budget.trials - spent.trials)
}
