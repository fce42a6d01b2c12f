import { openGp } from './gp-session.ts'
import { oneObjective, type Sampler } from './sampler-session.ts'

/** Options for {@link gp}. */
export interface GpOptions {
  /**
   * The number of trials that must have ended before they are modelled. Until then, points come from a scrambled Halton sequence.
   *
   * @defaultValue 10 (Optuna's `n_startup_trials`)
   */
  readonly startup?: number
  /**
   * Whether values are free of noise. If so, measured values are treated as exact.
   *
   * @defaultValue false
   */
  readonly deterministic?: boolean
}

/** {@link GpOptions} with the defaults filled in. */
export interface GpSettings extends Required<GpOptions> {}

/**
 * Creates a Gaussian process with expected improvement: it models the value over the space and tries the point with the largest expected
 * gain. Use it for smooth objectives and up to about two hundred trials. The cost of an ask grows with the square of the number of trials;
 * beyond three hundred trials, the model keeps only the best and the latest ones.
 *
 * Numbers are compared by their distance (of the logarithms if they have `log`); choices are only equal or different. Running
 * trials count with their predicted values. Failed and pruned trials count as bad, and trials that violate a constraint count as worse than
 * all trials that do not.
 *
 * @throws RangeError for an option that is out of bounds, or for several objectives.
 */
export function gp(options: GpOptions = {}): Sampler {
  const { startup = 10, deterministic = false } = options
  if (!Number.isSafeInteger(startup) || startup < 1) {
    throw new RangeError(`\`startup\` must be a whole number >= 1, got ${startup}`)
  }
  return {
    name: 'gp',
    open: (context) => {
      oneObjective(context, 'gp()')
      return openGp(context, { startup, deterministic })
    },
  }
}
