import { openCmaEs } from './cma-session.ts'
import { oneObjective, type Sampler } from './sampler-session.ts'
import type { Trial } from './trial.ts'

/** Options for {@link cmaEs}; names and defaults follow Optuna's `CmaEsSampler`. */
export interface CmaEsOptions {
  /** Where the search starts, by path; other parameters start in the middle of their range. */
  readonly x0?: Readonly<Record<string, number>>
  /**
   * The first standard deviation, as a fraction of the ranges.
   *
   * @defaultValue 1 / 6
   */
  readonly sigma0?: number
  /** The number of trials in a generation, at least 4. By default 4 + 3 ln(dimensions). */
  readonly popsize?: number
  /**
   * Whether to learn only a width for each parameter. This is cheaper, and it learns faster if parameters do not interact.
   *
   * @defaultValue false
   */
  readonly separable?: boolean
  /**
   * What to do when the search has converged: restart elsewhere with generations twice the size (`ipop`, Auger and Hansen 2005), restart
   * with large and small ones in turn (`bipop`, Hansen 2009), or stay (`none`).
   *
   * @defaultValue 'ipop'
   */
  readonly restartStrategy?: 'ipop' | 'bipop' | 'none'
  /** Trials from a similar problem in a space with the same numbers. The search starts at the best tenth of them. */
  readonly sourceTrials?: readonly Trial<unknown>[]
}

/** {@link CmaEsOptions} with the defaults filled in. */
export interface CmaSettings {
  readonly x0: Readonly<Record<string, number>>
  readonly sigma0: number
  readonly popsize: number | undefined
  readonly separable: boolean
  readonly restartStrategy: 'ipop' | 'bipop' | 'none'
  readonly sourceTrials: readonly Trial<unknown>[]
}

/**
 * CMA-ES (Hansen 2016): it learns a normal distribution of good points, including how the parameters interact. Use it for
 * objectives with many numeric parameters and budgets of several hundred trials or more.
 *
 * It searches the numeric and ordered parameters at the root of the space. On a grid, its draws are widened so that the search
 * cannot get stuck at one value (Hamano et al. 2022). All other parameters, choices and the parameters of arms, are sampled by
 * `tpe()`. Any number of trials may run at a time: the distribution is updated when a generation of trials, by number, has ended. It no
 * longer waits for a trial once three later generations have ended.
 *
 * @throws RangeError for an option that is out of bounds, or for several objectives.
 */
export function cmaEs(options: CmaEsOptions = {}): Sampler {
  const settings: CmaSettings = {
    x0: options.x0 ?? {},
    sigma0: options.sigma0 ?? 1 / 6,
    popsize: options.popsize,
    separable: options.separable ?? false,
    restartStrategy: options.restartStrategy ?? 'ipop',
    sourceTrials: options.sourceTrials ?? [],
  }
  const { sigma0, popsize, restartStrategy } = settings
  if (!(sigma0 > 0 && Number.isFinite(sigma0))) throw new RangeError(`\`sigma0\` must be a number > 0, got ${sigma0}`)
  if (popsize !== undefined && !(Number.isSafeInteger(popsize) && popsize >= 4)) {
    throw new RangeError(`\`popsize\` must be a whole number >= 4, got ${popsize}`)
  }
  if (!['ipop', 'bipop', 'none'].includes(restartStrategy)) {
    throw new RangeError(`\`restartStrategy\` must be 'ipop', 'bipop' or 'none', got ${String(restartStrategy)}`)
  }
  return {
    name: 'cma-es',
    open: (context) => {
      oneObjective(context, 'cmaEs()')
      return openCmaEs(context, settings)
    },
  }
}
