import type { Pruner } from './pruner.ts'

/** Options for {@link thresholdPruner}. */
export interface ThresholdPrunerOptions {
  /**
   * A value below this stops the trial.
   *
   * @defaultValue -Infinity
   */
  readonly lower?: number
  /**
   * A value above this stops the trial.
   *
   * @defaultValue Infinity
   */
  readonly upper?: number
  /**
   * No trial is stopped at a step below this one.
   *
   * @defaultValue 0
   */
  readonly warmup?: number
}

/**
 * Stops a trial whose value leaves the bounds or is NaN, such as a training run that has diverged.
 *
 * @throws RangeError if no bound is given or the bounds are crossed.
 */
export function thresholdPruner(options: ThresholdPrunerOptions): Pruner {
  const { lower = -Infinity, upper = Infinity, warmup = 0 } = options ?? {}
  if (lower === -Infinity && upper === Infinity) throw new RangeError('set `lower` or `upper`, got neither')
  if (!(lower <= upper)) throw new RangeError(`\`lower\` must be <= \`upper\`, got ${lower} and ${upper}`)
  if (!(warmup >= 0)) throw new RangeError(`\`warmup\` must be a number >= 0, got ${warmup}`)
  return {
    name: 'threshold',
    shouldPrune: (trial) => {
      const last = trial.reports.at(-1)
      if (last === undefined || last.step < warmup) return false
      return !(last.value >= lower && last.value <= upper)
    },
  }
}
