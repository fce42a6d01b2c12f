import { openCmaEs } from './cma-session.ts'
import { oneObjective, type Sampler } from './sampler-session.ts'
import type { Trial } from './trial.ts'

/** Options of {@link cmaEs}; names and defaults follow Optuna's `CmaEsSampler`. */
export interface CmaEsOptions {
  /** The start of the search, by path; other parameters start in the middle of their range. */
  readonly x0?: Readonly<Record<string, number>>
  /**
   * The first standard deviation, as a share of the ranges.
   *
   * @defaultValue 1 / 6
   */
  readonly sigma0?: number
  /** Trials in a generation, at least 4; without it 4 + 3 ln(dimensions). */
  readonly popsize?: number
  /**
   * Learns no more than a width for each parameter: cheaper, and faster to learn where parameters do not interact.
   *
   * @defaultValue false
   */
  readonly separable?: boolean
  /**
   * What to do when the search has converged: restart elsewhere with twice as large generations (`ipop`, Auger and
   * Hansen 2005), with large and small ones in turn (`bipop`, Hansen 2009), or stay.
   *
   * @defaultValue 'ipop'
   */
  readonly restartStrategy?: 'ipop' | 'bipop' | 'none'
  /** Trials of a similar problem in a space with the same numbers: the search starts at their best tenth. */
  readonly sourceTrials?: readonly Trial<unknown>[]
}

/** {@link CmaEsOptions} with the defaults in place. */
export interface CmaSettings {
  readonly x0: Readonly<Record<string, number>>
  readonly sigma0: number
  readonly popsize: number | undefined
  readonly separable: boolean
  readonly restartStrategy: 'ipop' | 'bipop' | 'none'
  readonly sourceTrials: readonly Trial<unknown>[]
}

/**
 * CMA-ES (Hansen 2016): it learns a normal distribution of good points, and how the parameters interact. For objectives of
 * many numbers and budgets of some hundred trials and more.
 *
 * It searches the numbers and ordered parameters at the root of the space; on a grid, its draws are widened so that no
 * value becomes a trap (Hamano et al. 2022). All other parameters, choices and the parameters of arms, are sampled by `tpe()`.
 * Any number of trials may run at a time: the distribution is updated when a generation of trials, by number, has
 * ended, and does not wait for a trial once three later generations have ended.
 *
 * @throws RangeError for an option that is out of its bounds, and for several objectives.
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
