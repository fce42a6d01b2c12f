import type { Pruner } from './pruner.ts'

/** Options of {@link thresholdPruner}. */
export interface ThresholdPrunerOptions {
  /**
   * A value below it stops the trial.
   *
   * @defaultValue -Infinity
   */
  readonly lower?: number
  /**
   * A value above it stops the trial.
   *
   * @defaultValue Infinity
   */
  readonly upper?: number
  /**
   * Steps below this one never stop a trial.
   *
   * @defaultValue 0
   */
  readonly warmup?: number
}

/**
 * Stops a trial whose value leaves the bounds or is NaN, such as a training run that has diverged.
 *
 * @throws RangeError when no bound is given, or they are crossed.
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
