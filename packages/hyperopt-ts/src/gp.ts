import { openGp } from './gp-session.ts'
import { oneObjective, type Sampler } from './sampler-session.ts'

/** Options of {@link gp}. */
export interface GpOptions {
  /**
   * How many trials must have ended before they are modelled; until then points come from a scrambled Halton sequence.
   *
   * @defaultValue 10 (Optuna's `n_startup_trials`)
   */
  readonly startup?: number
  /**
   * Whether values have no noise. Then measured values are treated as exact.
   *
   * @defaultValue false
   */
  readonly deterministic?: boolean
}

/** {@link GpOptions} with the defaults in place. */
export interface GpSettings extends Required<GpOptions> {}

/**
 * A Gaussian process with expected improvement: it models the value over the space, and tries the point from which most is
 * to be gained. For up to some two hundred trials of objectives that are smooth; the cost of an ask grows with the square
 * of their number, and beyond three hundred the model keeps the best and the latest.
 *
 * Numbers are compared by their distance (in the logarithm where they have `log`), choices by being equal. Trials that
 * run count with their predicted values. Failed and pruned trials count as bad, and those that break a constraint
 * as worse than all that do not.
 *
 * @throws RangeError for an option that is out of its bounds, and for several objectives.
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
