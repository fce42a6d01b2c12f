import type { Group } from './layout.ts'
import { ParzenEstimator } from './parzen.ts'
import type { Prior } from './prior.ts'
import type { Random } from './random.ts'
import { freeRow } from './seen-points.ts'
import type { TpeSettings } from './tpe.ts'
import { splitTrials } from './tpe-split.ts'
import type { TrialTable } from './trial-table.ts'

/** The densities of the good and the bad trials over axes that are modelled together. */
interface Pair {
  readonly dimensions: readonly number[]
  readonly good: ParzenEstimator
  readonly bad: ParzenEstimator
}

/** A request to a model. */
export interface ModelRequest {
  /** The arm chosen for each branch, NaN for the other axes. */
  readonly arms: readonly number[]
  /** The coordinates that are already given; NaN for the others. */
  readonly given: readonly number[]
  readonly random: Random
  /** The number of trials with the same arms that must have ended before they are modelled separately. */
  readonly least: number
  /** Whether a row leads to a point that has not been tried; undefined if points cannot repeat. */
  readonly isFree: ((row: ArrayLike<number>) => boolean) | undefined
}

/** The model for one group of parameters. */
export class GroupModel {
  readonly #group: Group
  readonly #table: TrialTable
  readonly #priors: readonly Prior[]
  readonly #settings: TpeSettings
  readonly #pairs: readonly Pair[]
  /** The number of informative axes that are modelled together. */
  readonly #dimensions: number

  constructor(group: Group, table: TrialTable, priors: readonly Prior[], settings: TpeSettings) {
    const { bandwidth, priorWeight, multivariate } = settings
    const all = table.axes.map((_, d) => d)
    const estimator = (dimensions: readonly number[]): ParzenEstimator =>
      new ParzenEstimator({ table, dimensions, bandwidth, priorWeight, priors })
    this.#group = group
    this.#table = table
    this.#priors = priors
    this.#settings = settings
    this.#dimensions = multivariate ? Math.max(1, table.axes.filter((axis) => axis.count > 1).length) : 1
    this.#pairs = (multivariate ? [all] : all.map((d) => [d])).map((dimensions) => ({
      dimensions,
      good: estimator(dimensions),
      bad: estimator(dimensions),
    }))
  }

  /**
   * Returns the candidate with the largest ratio of good to bad density (Bergstra et al. 2011, eq. 4), as one coordinate per axis. If
   * points can repeat, an untried one is preferred.
   */
  propose(request: ModelRequest): Float64Array {
    const { arms, given, random, least, isFree } = request
    const { gamma, weights, constantLiar } = this.#settings
    const like = this.#recent(this.#alike(arms, least))
    const finished = like === undefined ? this.#table.ranked.length : this.#countFinished(like)
    const split = splitTrials(this.#table, checkGamma(gamma(finished, this.#dimensions)), constantLiar, like)
    const goodWeights = checkWeights(weights(split.good.length), split.good.length)
    const badWeights = checkWeights(weights(split.bad.length), split.bad.length)
    const fixed = given.map((coordinate, d) => (Number.isNaN(coordinate) ? (arms[d] ?? Number.NaN) : coordinate))
    const chosen = new Float64Array(this.#table.axes.length)
    for (const pair of this.#pairs) {
      pair.good.fit(split.good, split.isGood, goodWeights)
      pair.bad.fit(split.bad, split.isBad, badWeights)
      pair.good.condition(given)
      this.#choose(pair, fixed, random, this.#pairs.length === 1 ? isFree : undefined, chosen)
    }
    if (isFree === undefined || isFree(chosen)) return chosen
    const draw = (d: number): number => this.#priors[d]?.draw(random()) ?? Number.NaN
    return freeRow(chosen, { group: this.#group, given, isFree, draw, score: (row) => this.#score(row) }) ?? chosen
  }

  /** Writes the best candidate of a pair's axes to `chosen`; a free one if there is any. */
  #choose(
    { dimensions, good, bad }: Pair,
    fixed: readonly number[],
    random: Random,
    isFree: ModelRequest['isFree'],
    chosen: Float64Array,
  ): void {
    const candidate = new Float64Array(chosen.length)
    let most = -Infinity
    let free = false
    for (let i = 0; i < this.#settings.candidates; i++) {
      good.sample(random, candidate)
      fix(candidate, fixed)
      const isNew = isFree === undefined || isFree(candidate)
      if (free && !isNew) continue
      const likely = good.logDensity(candidate)
      // Once the bad density is so large that the candidate cannot win, its exact value does not matter.
      const score = likely - bad.logDensity(candidate, free === isNew ? likely - most : Infinity)
      if (!(score > most || i === 0 || free !== isNew)) continue
      most = score
      free = isNew
      for (const d of dimensions) chosen[d] = candidate[d] ?? Number.NaN
    }
  }

  #score(row: Float64Array): number {
    return this.#pairs.reduce((sum, { good, bad }) => sum + good.logDensity(row) - bad.logDensity(row), 0)
  }

  /** Marks the trials with the same arms; undefined if too few of them have ended for a separate model. */
  #alike(arms: readonly number[], least: number): Uint8Array | undefined {
    const table = this.#table
    const fixed = arms.flatMap((arm, d) => (Number.isNaN(arm) ? [] : [{ arm, d }]))
    if (fixed.length === 0) return undefined
    const like = new Uint8Array(table.size)
    for (let slot = 0; slot < table.size; slot++) {
      like[slot] = fixed.every(({ arm, d }) => table.columns[d]?.[slot] === arm) ? 1 : 0
    }
    return this.#countFinished(like) < Math.max(1, least) ? undefined : like
  }

  /** Leaves out trials that are too old. */
  #recent(like: Uint8Array | undefined): Uint8Array | undefined {
    const { size } = this.#table
    const { memory } = this.#settings
    if (size <= memory) return like
    const recent = like ?? new Uint8Array(size).fill(1)
    recent.fill(0, 0, size - Math.floor(memory))
    return recent
  }

  #countFinished(like: Uint8Array): number {
    return this.#table.ranked.reduce((count, slot) => count + (like[slot] ?? 0), 0)
  }
}

function fix(candidate: Float64Array, fixed: readonly number[]): void {
  for (let d = 0; d < fixed.length; d++) {
    const coordinate = fixed[d] ?? Number.NaN
    if (!Number.isNaN(coordinate)) candidate[d] = coordinate
  }
}

function checkGamma(count: number): number {
  if (!(count >= 0)) throw new RangeError(`\`gamma\` must return a number >= 0, got ${count}`)
  return count
}

function checkWeights(weights: ArrayLike<number>, count: number): Float64Array {
  const checked = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const weight = weights[i] ?? Number.NaN
    if (!(weight >= 0 && weight < Infinity)) {
      throw new RangeError(`\`weights\` must return ${count} finite numbers >= 0, got ${weight} at ${i}`)
    }
    checked[i] = weight
  }
  return checked
}
