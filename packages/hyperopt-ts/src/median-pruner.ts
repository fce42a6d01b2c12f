import type { Pruner } from './pruner.ts'
import { indexReports } from './report-index.ts'
import { compareValues, type Trial } from './trial.ts'

/** Options of {@link medianPruner}. */
export interface MedianPrunerOptions {
  /**
   * Trials that must have been reported at the step or later before any is stopped.
   *
   * @defaultValue 5
   */
  readonly startup?: number
  /**
   * Steps below this one never stop a trial.
   *
   * @defaultValue 0
   */
  readonly warmup?: number
}

/**
 * Stops a trial whose best value so far is worse than the median of what the others had at the same step (Golovin et al.
 * 2017, "Google Vizier", section 3.2).
 *
 * The others are the complete, pruned and running trials that got at least as far; each counts with the mean of its
 * values up to that step. A trial whose last value is NaN is stopped at once.
 *
 * @throws RangeError for options below zero.
 */
export function medianPruner(options: MedianPrunerOptions = {}): Pruner {
  const { startup = 5, warmup = 0 } = options
  if (!Number.isSafeInteger(startup) || startup < 0) {
    throw new RangeError(`\`startup\` must be a whole number >= 0, got ${startup}`)
  }
  if (!(warmup >= 0)) throw new RangeError(`\`warmup\` must be a number >= 0, got ${warmup}`)
  return {
    name: 'median',
    shouldPrune: (trial, trials, direction) => {
      const last = trial.reports.at(-1)
      if (last === undefined) return false
      if (Number.isNaN(last.value)) return true
      if (last.step < warmup) return false
      const others = trials.flatMap((other) => (other === trial ? [] : meanUpTo(other, last.step)))
      if (others.length < Math.max(1, startup)) return false
      return compareValues(indexReports(trial.reports).bestUpTo(Infinity, direction), median(others), direction) > 0
    },
  }
}

/** The mean of a trial's values up to a step that it reached, in a list; an empty list when it did not get there. */
function meanUpTo(trial: Trial, step: number): number[] {
  if (trial.state === 'failed') return []
  const index = indexReports(trial.reports)
  const mean = index.lastStep >= step ? index.meanUpTo(step) : Number.NaN
  return Number.isNaN(mean) ? [] : [mean]
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}
