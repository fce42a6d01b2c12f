import type { Pruner } from './pruner.ts'
import { normalCdf } from './special.ts'
import { compareValues, isComplete, type Report, type StudyDirection, type Trial, violation } from './trial.ts'

/** Options for {@link wilcoxonPruner}; names follow Optuna's. */
export interface WilcoxonPrunerOptions {
  /**
   * A trial is stopped if its values would have at most this probability if it were as good as the best trial.
   *
   * @defaultValue 0.1
   */
  readonly pThreshold?: number
  /**
   * The number of steps that a trial must have in common with the best one before it can be stopped.
   *
   * @defaultValue 2
   */
  readonly startup?: number
}

/**
 * Stops a trial that is worse than the best one, step by step, according to Wilcoxon's signed-rank test (1945).
 *
 * Use it for objectives that are means over instances, folds or seeds: report each instance with its number as the step, in any
 * order. A trial is never stopped if its mean over the shared steps is better than the best trial's.
 *
 * @throws RangeError for an option that is out of bounds.
 */
export function wilcoxonPruner(options: WilcoxonPrunerOptions = {}): Pruner {
  const { pThreshold = 0.1, startup = 2 } = options
  if (!(pThreshold > 0 && pThreshold < 1)) throw new RangeError(`\`pThreshold\` must be > 0 and < 1, got ${pThreshold}`)
  if (!Number.isSafeInteger(startup) || startup < 0) {
    throw new RangeError(`\`startup\` must be a whole number >= 0, got ${startup}`)
  }
  return {
    name: 'wilcoxon',
    shouldPrune: (trial, trials, direction) => {
      const best = bestOf(trials, direction)
      if (best === undefined || best === trial) return false
      const worse = differences(trial.reports, best.reports, direction)
      if (worse.length < Math.max(2, startup)) return false
      if (worse.reduce((a, b) => a + b, 0) <= 0) return false
      return signedRankP(worse) < pThreshold
    },
  }
}

function bestOf(trials: readonly Trial[], direction: StudyDirection): Trial | undefined {
  let best: (Trial & { readonly value: number }) | undefined
  for (const trial of trials) {
    if (!isComplete(trial) || violation(trial) > 0) continue
    if (best === undefined || compareValues(trial.value, best.value, direction) < 0) best = trial
  }
  return best
}

/** Returns the amount by which a trial is worse than the best one, at each step for which both have a number. */
function differences(own: readonly Report[], best: readonly Report[], direction: StudyDirection): number[] {
  const values = new Map(best.map(({ step, value }) => [step, value]))
  const sign = direction === 'minimize' ? 1 : -1
  return own.flatMap(({ step, value }) => {
    const difference = sign * (value - (values.get(step) ?? Number.NaN))
    return Number.isNaN(difference) ? [] : [difference]
  })
}

/**
 * Returns the p value of the test that differences tend to be above 0. Zeros count half on either side. The result is exact for up to 25
 * differences without ties; otherwise, it is the normal approximation, corrected for ties.
 */
export function signedRankP(differences: readonly number[]): number {
  const n = differences.length
  const sorted = differences.slice().sort((a, b) => Math.abs(a) - Math.abs(b))
  const { plus, ties } = rankSums(sorted)
  if (ties === 0 && n <= 25 && sorted[0] !== 0) return exactP(n, plus)
  const variance = (n * (n + 1) * (2 * n + 1)) / 24 - ties / 48
  return variance > 0 ? 1 - normalCdf((plus - (n * (n + 1)) / 4) / Math.sqrt(variance)) : 1
}

/**
 * Ranks differences by size. `plus` is the sum of the positive differences' ranks; equal differences share their mean rank. `ties` is the
 * correction for ties.
 */
function rankSums(sorted: readonly number[]): { readonly plus: number; readonly ties: number } {
  const size = (at: number): number => Math.abs(sorted[at] ?? Number.NaN)
  let [plus, ties] = [0, 0]
  for (let i = 0; i < sorted.length; ) {
    let end = i
    while (size(end) === size(i)) end += 1
    const rank = (i + 1 + end) / 2
    for (const d of sorted.slice(i, end)) plus += d > 0 ? rank : d === 0 ? rank / 2 : 0
    const count = end - i
    ties += count * count * count - count
    i = end
  }
  return { plus, ties }
}

/** Returns the fraction of all sign patterns of the ranks 1 to n in which the positive ranks add up to at least `sum`. */
function exactP(n: number, sum: number): number {
  const most = (n * (n + 1)) / 2
  const ways = new Float64Array(most + 1)
  ways[0] = 1
  for (let rank = 1; rank <= n; rank++) {
    for (let s = most; s >= rank; s--) ways[s] = (ways[s] ?? 0) + (ways[s - rank] ?? 0)
  }
  let [above, all] = [0, 0]
  for (let s = 0; s <= most; s++) {
    all += ways[s] ?? 0
    if (s >= sum) above += ways[s] ?? 0
  }
  return above / all
}
