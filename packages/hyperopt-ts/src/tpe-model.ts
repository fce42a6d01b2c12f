import { ParzenEstimator } from './parzen.ts'
import type { Prior } from './prior.ts'
import type { Random } from './random.ts'
import type { TpeSettings } from './tpe.ts'
import { splitTrials } from './tpe-split.ts'
import type { TrialTable } from './trial-table.ts'

/** Densities of the good and of the bad trials over axes that are modelled together. */
interface Pair {
  readonly dimensions: readonly number[]
  readonly good: ParzenEstimator
  readonly bad: ParzenEstimator
}

/** The model of one group of parameters. */
export class GroupModel {
  readonly #table: TrialTable
  readonly #settings: TpeSettings
  readonly #pairs: readonly Pair[]
  /** How many axes that say something are modelled together. */
  readonly #dimensions: number

  constructor(table: TrialTable, priors: readonly Prior[], settings: TpeSettings) {
    const { bandwidth, priorWeight, multivariate } = settings
    const all = table.axes.map((_, d) => d)
    const estimator = (dimensions: readonly number[]): ParzenEstimator =>
      new ParzenEstimator({ table, dimensions, bandwidth, priorWeight, priors })
    this.#table = table
    this.#settings = settings
    this.#dimensions = multivariate ? Math.max(1, table.axes.filter((axis) => axis.count > 1).length) : 1
    this.#pairs = (multivariate ? [all] : all.map((d) => [d])).map((dimensions) => ({
      dimensions,
      good: estimator(dimensions),
      bad: estimator(dimensions),
    }))
  }

  /**
   * The candidate whose good density is largest beside its bad one (Bergstra et al. 2011, eq. 4), a coordinate for each
   * axis. `arms` has the arm chosen for each branch, NaN for the other axes.
   */
  propose(arms: readonly number[], random: Random): Float64Array {
    const { gamma, weights, constantLiar, candidates } = this.#settings
    const like = this.#alike(arms)
    const finished = like === undefined ? this.#table.ranked.length : this.#countFinished(like)
    const split = splitTrials(this.#table, checkGamma(gamma(finished, this.#dimensions)), constantLiar, like)
    const goodWeights = checkWeights(weights(split.good.length), split.good.length)
    const badWeights = checkWeights(weights(split.bad.length), split.bad.length)
    const chosen = new Float64Array(this.#table.axes.length)
    const candidate = new Float64Array(chosen.length)
    for (const { dimensions, good, bad } of this.#pairs) {
      good.fit(split.good, split.isGood, goodWeights)
      bad.fit(split.bad, split.isBad, badWeights)
      let most = -Infinity
      for (let i = 0; i < candidates; i++) {
        good.sample(random, candidate)
        fix(candidate, arms)
        const likely = good.logDensity(candidate)
        // Once the bad density is so large that the candidate cannot win, how much larger does not matter.
        const score = likely - bad.logDensity(candidate, likely - most)
        if (!(score > most || i === 0)) continue
        most = score
        for (const d of dimensions) chosen[d] = candidate[d] ?? Number.NaN
      }
    }
    return chosen
  }

  /** Marks the trials that took the same arms; undefined when too few have ended for a model of their own. */
  #alike(arms: readonly number[]): Uint8Array | undefined {
    const table = this.#table
    const fixed = arms.flatMap((arm, d) => (Number.isNaN(arm) ? [] : [{ arm, d }]))
    if (fixed.length === 0) return undefined
    const like = new Uint8Array(table.size)
    for (let slot = 0; slot < table.size; slot++) {
      const row = slot * table.axes.length
      like[slot] = fixed.every(({ arm, d }) => table.points[row + d] === arm) ? 1 : 0
    }
    return this.#countFinished(like) < Math.max(1, this.#settings.startup) ? undefined : like
  }

  #countFinished(like: Uint8Array): number {
    return this.#table.ranked.reduce((count, slot) => count + (like[slot] ?? 0), 0)
  }
}

function fix(candidate: Float64Array, arms: readonly number[]): void {
  for (let d = 0; d < arms.length; d++) {
    const arm = arms[d] ?? Number.NaN
    if (!Number.isNaN(arm)) candidate[d] = arm
  }
}

function checkGamma(count: number): number {
  if (!(count >= 0)) throw new RangeError(`\`gamma\` must give a number >= 0, got ${count}`)
  return count
}

function checkWeights(weights: ArrayLike<number>, count: number): Float64Array {
  const checked = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const weight = weights[i] ?? Number.NaN
    if (!(weight >= 0 && weight < Infinity)) {
      throw new RangeError(`\`weights\` must give ${count} finite numbers >= 0, got ${weight} at ${i}`)
    }
    checked[i] = weight
  }
  return checked
}
