import type { Pruner } from './pruner.ts'
import { indexReports } from './report-index.ts'
import { compareValues, type StudyDirection, type Trial } from './trial.ts'

/** Options for {@link percentilePruner} and {@link medianPruner}. */
export interface PercentilePrunerOptions {
  /**
   * The number of trials that must have reported a value at the step or later before any trial is stopped.
   *
   * @defaultValue 5
   */
  readonly startup?: number
  /**
   * No trial is stopped at a step below this one.
   *
   * @defaultValue 0
   */
  readonly warmup?: number
}

/**
 * Stops a trial whose best value so far is not among the best `percentile` percent of the other trials at the same
 * step: 25 keeps the best quarter.
 *
 * The others are the complete, pruned and running trials that reached this step; each counts with the mean of its values up to the step. A
 * trial whose last value is NaN is stopped immediately.
 *
 * @throws RangeError for options that are out of bounds.
 */
export function percentilePruner(percentile: number, options: PercentilePrunerOptions = {}): Pruner {
  if (!(percentile >= 0 && percentile <= 100)) {
    throw new RangeError(`\`percentile\` must be from 0 to 100, got ${percentile}`)
  }
  const { startup = 5, warmup = 0 } = options
  if (!Number.isSafeInteger(startup) || startup < 0) {
    throw new RangeError(`\`startup\` must be a whole number >= 0, got ${startup}`)
  }
  if (!(warmup >= 0)) throw new RangeError(`\`warmup\` must be a number >= 0, got ${warmup}`)
  return {
    name: 'percentile',
    shouldPrune: (trial, trials, direction) => {
      const last = trial.reports.at(-1)
      if (last === undefined) return false
      if (Number.isNaN(last.value)) return true
      if (last.step < warmup) return false
      const others = trials.flatMap((other) => (other === trial ? [] : meanUpTo(other, last.step)))
      if (others.length < Math.max(1, startup)) return false
      const own = indexReports(trial.reports).bestUpTo(Infinity, direction)
      return compareValues(own, quantile(others, percentile / 100, direction), direction) > 0
    },
  }
}

/** Returns a list with the mean of a trial's values up to a step; empty if the trial did not reach the step. */
function meanUpTo(trial: Trial, step: number): number[] {
  if (trial.state === 'failed') return []
  const index = indexReports(trial.reports)
  const mean = index.lastStep >= step ? index.meanUpTo(step) : Number.NaN
  return Number.isNaN(mean) ? [] : [mean]
}

/** Returns the quantile of the values: a given fraction of them is at least as good. It is interpolated between two values. */
function quantile(values: readonly number[], share: number, direction: StudyDirection): number {
  const sorted = Float64Array.from(values).sort()
  if (direction === 'maximize') sorted.reverse()
  const place = share * (sorted.length - 1)
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  // The mean of two infinite values is one of them.
  return below === above ? below : below + (above - below) * (place - Math.floor(place))
}
