import type { Bandwidth } from './bandwidth.ts'
import { exp, ln } from './elementary.ts'
import { kernelQuantile } from './kernel.ts'
import { KernelMixture, type NominalAxis } from './kernel-mixture.ts'
import type { KernelAxis } from './kernel-widths.ts'
import type { Prior } from './prior.ts'
import type { Random } from './random.ts'
import type { TrialTable } from './trial-table.ts'

/** The input for a {@link ParzenEstimator}. */
export interface ParzenOptions {
  readonly table: TrialTable
  /** The indexes of the table's axes that are modelled. */
  readonly dimensions: readonly number[]
  readonly bandwidth: Bandwidth
  /** The weight of the prior relative to the trials' weights, whose sum is the number of trials. */
  readonly priorWeight: number
  /** By table axis. */
  readonly priors: readonly Prior[]
}

/**
 * A density over some axes of a table: a mixture of the prior and one product kernel for each member trial.
 *
 * On ordered axes, a trial's kernel is normal and truncated at the bounds. On axes without order, it consists of the trial's own value plus
 * a fraction of the prior for the others (Bergstra et al. 2011, section 4; the product form is that of Falkner et al. 2018).
 */
export class ParzenEstimator {
  readonly #options: ParzenOptions
  readonly #kernels: KernelMixture
  #members: Int32Array = new Int32Array(0)
  /** The weights for drawing members, and the total of which they are fractions. */
  #weights: Float64Array = new Float64Array(0)
  #total = 1
  #logPriorShare = 0
  /** By slot of a member, the quantile functions that draw its values on the ordered axes. */
  readonly #quantiles = new Map<number, readonly ((u: number) => number)[]>()

  constructor(options: ParzenOptions) {
    const { table, dimensions, bandwidth } = options
    // An axis with a single value carries no information.
    const telling = dimensions.filter((d) => table.axes[d] !== undefined && table.axes[d].count !== 1)
    this.#options = options
    this.#kernels = new KernelMixture(table, telling, bandwidth, dimensions.length)
  }

  /**
   * Fits the density to the trials in the slots `members`, in ascending order. `isMember` is 1 for each of them, and each
   * weight is >= 0.
   */
  fit(members: Int32Array, isMember: Uint8Array, weights: Float64Array): void {
    const { priorWeight } = this.#options
    let total = priorWeight
    for (let i = 0; i < members.length; i++) total += weights[i] ?? 0
    // Without trials, points are drawn from the prior, even if its weight is 0.
    this.#logPriorShare = ln(total > 0 ? priorWeight / total : 1)
    this.#quantiles.clear()
    this.#members = members
    this.#weights = weights
    this.#total = total || 1
    const others = priorWeight / (members.length + 1)
    this.#kernels.fit({ slots: members, isMember, weights, total: this.#total, others })
  }

  /**
   * Returns the logarithm of the density at a row of coordinates, one for each axis of the table.
   *
   * If only the comparison with `enough` matters, the result is some value above `enough` as soon as that is certain.
   */
  logDensity(x: Float64Array, enough: number = Infinity): number {
    const { priors } = this.#options
    const { nominal, widths } = this.#kernels
    let prior = this.#logPriorShare
    for (const axes of [nominal, widths.axes]) {
      for (const { d } of axes) prior += priors[d]?.logDensity(x[d] ?? 0) ?? 0
    }
    return this.#kernels.logSum(prior, x, enough)
  }

  /**
   * Makes {@link ParzenEstimator.sample} draw from the conditional density for the given coordinates of a row (NaN for the others), until
   * the next fit.
   */
  condition(given: readonly number[]): void {
    const { dimensions, priors } = this.#options
    const fixed = dimensions.filter((d) => !Number.isNaN(given[d] ?? Number.NaN))
    if (fixed.length === 0) return
    const logs = this.#kernels.conditionTerms(given)
    const prior = fixed.reduce((sum, d) => sum + (priors[d]?.logDensity(given[d] ?? 0) ?? 0), this.#logPriorShare)
    const most = logs.reduce((a, b) => Math.max(a, b), prior)
    const sum = logs.reduce((total, log) => total + exp(log - most), exp(prior - most))
    this.#weights = logs.map((log) => exp(log - most) / sum)
    this.#total = 1
  }

  /** Draws a row of coordinates and writes it to `x`. Only the modelled axes are written. */
  sample(random: Random, x: Float64Array): void {
    const { table, priors, dimensions } = this.#options
    const { nominal, others, widths } = this.#kernels
    const slot = this.#pick(random())
    if (slot === undefined) {
      for (const d of dimensions) x[d] = priors[d]?.draw(random()) ?? Number.NaN
      return
    }
    for (const d of dimensions) x[d] = table.columns[d]?.[slot] ?? Number.NaN
    for (let j = 0; j < nominal.length; j++) {
      const { d, axis } = nominal[j] as NominalAxis // `j` is below the lengths, here and below.
      // With the remaining probability, one of all values is drawn, including its own.
      const stray = exp(others[j] ?? -Infinity) * axis.count
      const u = random()
      if (u < stray) x[d] = Math.min(axis.count - 1, Math.floor((u / stray) * axis.count))
    }
    const quantiles = this.#quantilesOf(slot)
    for (let j = 0; j < quantiles.length; j++) {
      const { d } = widths.axes[j] as KernelAxis
      x[d] = quantiles[j]?.(random()) ?? Number.NaN
    }
  }

  #quantilesOf(slot: number): readonly ((u: number) => number)[] {
    const known = this.#quantiles.get(slot)
    if (known !== undefined) return known
    const quantiles: ((u: number) => number)[] = []
    for (const { line, column, inverse } of this.#kernels.widths.axes) {
      quantiles.push(kernelQuantile(line, column[slot] ?? 0, Math.SQRT1_2 / (inverse[slot] ?? 1)))
    }
    this.#quantiles.set(slot, quantiles)
    return quantiles
  }

  /** Returns the slot of a member, or undefined for the prior. */
  #pick(u: number): number | undefined {
    const [weights, total] = [this.#weights, this.#total]
    let left = u
    for (let i = 0; i < weights.length; i++) {
      left -= (weights[i] as number) / total // `i` is below the length.
      if (left < 0) return this.#members[i]
    }
    return undefined
  }
}
