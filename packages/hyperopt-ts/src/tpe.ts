import { type Bandwidth, neighbourBandwidth } from './bandwidth.ts'
import type { Layout } from './layout.ts'
import type { PriorBelief } from './prior.ts'
import { oneObjective, type Sampler } from './sampler-session.ts'
import { openTpe } from './tpe-session.ts'

/** Options for {@link tpe}. */
export interface TpeOptions {
  /**
   * The number of trials that must have ended before a group of parameters is modelled. Until then, its points come from a scrambled Halton
   * sequence over the prior.
   *
   * @defaultValue 10
   */
  readonly startup?: number
  /**
   * The number of points drawn from the density of the good trials. The one with the best ratio is chosen.
   *
   * @defaultValue 64, as in BOHB (Falkner et al. 2018); Bergstra et al. 2013 use 24
   */
  readonly candidates?: number
  /**
   * The number of good trials among `finished` trials, if `dimensions` parameters are modelled together.
   *
   * @defaultValue {@link defaultGamma}
   */
  readonly gamma?: (finished: number, dimensions: number) => number
  /**
   * Returns the weights of `count` good or bad trials, oldest first.
   *
   * @defaultValue {@link recentWeights}
   */
  readonly weights?: (count: number) => ArrayLike<number>
  /**
   * The weight of the prior, relative to a weight of 1 for each trial.
   *
   * @defaultValue 1 (Bergstra et al. 2013)
   */
  readonly priorWeight?: number
  /** Beliefs by path (`lr`, `head.mlp.width`) that replace the dimension's own prior. */
  readonly priors?: Readonly<Record<string, PriorBelief>>
  /**
   * The rule for the widths of the kernels.
   *
   * @defaultValue {@link neighbourBandwidth}
   */
  readonly bandwidth?: Bandwidth
  /**
   * Whether to model the parameters of a group together (Falkner et al. 2018). If false, each one is modelled separately, as in Bergstra
   * et al. 2011. Parameters of different arms never exist together and are always modelled separately.
   *
   * @defaultValue true
   */
  readonly multivariate?: boolean
  /**
   * Whether to count running trials as bad, so that concurrent trials differ.
   *
   * @defaultValue true
   */
  readonly constantLiar?: boolean
  /**
   * Whether a failed trial counts as bad or is ignored.
   *
   * @defaultValue 'bad'
   */
  readonly failed?: 'bad' | 'ignore'
  /**
   * The number of latest trials to learn from. For a drifting objective, as inside a training run, older values are misleading.
   *
   * @defaultValue Infinity
   */
  readonly memory?: number
  /**
   * Whether to avoid trying a point of a discrete space twice while an untried one is left. Set it to false if values are noisy: repeating
   * a good point is then worth a trial.
   *
   * @defaultValue true
   */
  readonly avoidRepeats?: boolean
}

/** {@link TpeOptions} with the defaults filled in. */
export interface TpeSettings extends Required<TpeOptions> {}

/**
 * Returns the tree-structured Parzen estimator (Bergstra et al. 2011): it models where the good trials and where the bad trials
 * lie, and tries the point that is most likely to be good.
 *
 * Parameters that exist together are modelled together. An arm's parameters are modelled from that arm's trials. The
 * arm to try is chosen by the value that each arm may reach, not by its current value: see the guide.
 *
 * @throws TypeError or RangeError, here or when the study is created, for an option that is out of its bounds.
 */
export function tpe(options: TpeOptions = {}): Sampler {
  const settings: TpeSettings = {
    startup: options.startup ?? 10,
    candidates: options.candidates ?? 64,
    gamma: options.gamma ?? defaultGamma,
    weights: options.weights ?? recentWeights,
    priorWeight: options.priorWeight ?? 1,
    priors: options.priors ?? {},
    bandwidth: options.bandwidth ?? neighbourBandwidth(),
    multivariate: options.multivariate ?? true,
    constantLiar: options.constantLiar ?? true,
    failed: options.failed ?? 'bad',
    memory: options.memory ?? Infinity,
    avoidRepeats: options.avoidRepeats ?? true,
  }
  checkSettings(settings)
  return {
    name: 'tpe',
    open: (context) => {
      oneObjective(context, 'tpe()')
      checkPaths(settings.priors, context.layout)
      return openTpe(context, settings)
    },
  }
}

/**
 * Returns a fraction of 0.1 + 0.1 / dimensions of the trials, at most 25 trials.
 *
 * That is 0.15 for two parameters, as in Bergstra et al. 2011, and 0.1, Optuna's fraction, for many: the more parameters
 * are modelled together, the smaller the useful fraction of good trials. The cap is from Bergstra et al. 2013.
 */
export function defaultGamma(finished: number, dimensions: number): number {
  const count = finished * (0.1 + 0.1 / Math.max(2, dimensions))
  // In floating-point arithmetic, 100 * 0.15 is 15.000000000000002.
  return Math.min(Math.max(0, Math.ceil(count - 1e-9)), 25)
}

/** Returns weight 1 for the last 25 trials, falling linearly to 1 / count for the oldest (Bergstra et al. 2013). */
export function recentWeights(count: number): Float64Array {
  const weights = new Float64Array(count).fill(1)
  const older = count - 25
  for (let i = 0; i < older; i++) weights[i] = (1 + (i / older) * (count - 1)) / count
  return weights
}

/** Returns weight 1 for every trial. */
export function equalWeights(count: number): Float64Array {
  return new Float64Array(count).fill(1)
}

function checkSettings(settings: TpeSettings): void {
  const { startup, candidates, priorWeight, failed, memory } = settings
  if (!(memory >= 1)) throw new RangeError(`\`memory\` must be a number >= 1, got ${memory}`)
  if (!Number.isSafeInteger(startup) || startup < 0) {
    throw new RangeError(`\`startup\` must be a whole number >= 0, got ${startup}`)
  }
  if (!Number.isSafeInteger(candidates) || candidates < 1) {
    throw new RangeError(`\`candidates\` must be a whole number >= 1, got ${candidates}`)
  }
  if (!(priorWeight >= 0 && Number.isFinite(priorWeight))) {
    throw new RangeError(`\`priorWeight\` must be a finite number >= 0, got ${priorWeight}`)
  }
  if (failed !== 'bad' && failed !== 'ignore') {
    throw new RangeError(`\`failed\` must be 'bad' or 'ignore', got ${String(failed)}`)
  }
}

function checkPaths(priors: Readonly<Record<string, PriorBelief>>, layout: Layout): void {
  const known = new Set(layout.axes.map((axis) => axis.path))
  for (const path of Object.keys(priors)) {
    if (!known.has(path))
      throw new RangeError(`\`priors.${path}\` is not a parameter of the space, which has ${[...known].join(', ')}`)
  }
}
