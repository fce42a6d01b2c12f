import type { Axis } from './axis.ts'
import type { Bandwidth } from './bandwidth.ts'
import { exp, ln } from './elementary.ts'
import { createLine, kernelNorm, kernelQuantile, type Line } from './kernel.ts'
import type { Prior } from './prior.ts'
import type { Random } from './random.ts'
import type { TrialTable } from './trial-table.ts'

// A kernel's contribution may be left out below exp(-28), 7e-13, of the largest.
const NEGLIGIBLE = 28
// How far sums of the same terms in another order may be apart: far more than they are.
const ROUNDING = 1e-6

/** The input of a {@link ParzenEstimator}. */
export interface ParzenOptions {
  readonly table: TrialTable
  /** Which axes of the table are modelled, by index. */
  readonly dimensions: readonly number[]
  readonly bandwidth: Bandwidth
  /** Weight of the prior relative to the trials' weights, whose sum is their number. */
  readonly priorWeight: number
  /** By axis of the table. */
  readonly priors: readonly Prior[]
}

interface OrderedAxis {
  readonly d: number
  readonly line: Line
  readonly range: number
}

interface NominalAxis {
  readonly d: number
  readonly axis: Axis
}

/**
 * A density over some axes of a table: a mixture of one product kernel for each of some trials, and of the prior.
 *
 * A trial's kernel is normal on ordered axes, cut off at the bounds, and on axes without order its own value plus a
 * share of the prior for the others (Bergstra et al. 2011, section 4; the product form is that of Falkner et al. 2018).
 * Values that depend on a kernel's width are kept from one fit to the next and computed again only if the width has
 * changed.
 */
export class ParzenEstimator {
  readonly #options: ParzenOptions
  readonly #ordered: readonly OrderedAxis[]
  readonly #lines: readonly number[]
  readonly #nominal: readonly NominalAxis[]
  #members: Int32Array = new Int32Array(0)
  #weights: Float64Array = new Float64Array(0)
  #constants: Float64Array = new Float64Array(0)
  /** The ordered axes, the one whose kernels are narrowest beside the spread of its points first. */
  #strict: Int32Array = new Int32Array(0)
  #ranked = 0
  /** For each member: its constant and kind, then coordinate and inverse width on each axis of `#strict`. */
  #sieve: Float64Array = new Float64Array(0)
  #asked: Float64Array = new Float64Array(0)
  #inverse: Float64Array = new Float64Array(0)
  #norms: Float64Array = new Float64Array(0)
  #same: number[] = []
  #other: number[] = []
  /** The most that a kernel can have where the values of the axes without order are not all its own. */
  #stray = 0
  #priorShare = 1
  /** Weights to draw with, when some coordinates are given. */
  #drawn: Float64Array | undefined

  constructor(options: ParzenOptions) {
    const { table, dimensions } = options
    // An axis with a single value carries no information.
    const axes = dimensions.flatMap((d) =>
      table.axes[d] === undefined || table.axes[d].count === 1 ? [] : [{ d, axis: table.axes[d] }],
    )
    this.#options = options
    this.#nominal = axes.filter(({ axis }) => axis.nominal)
    this.#ordered = axes
      .filter(({ axis }) => !axis.nominal)
      .map(({ d, axis }) => ({ d, line: createLine(axis), range: axis.unbounded ? 4 : 1 }))
    this.#lines = this.#ordered.map((axis) => axis.d)
  }

  /** Takes the slots of `members`, ascending, as the trials; `isMember` has a 1 for each; the weights are any >= 0. */
  fit(members: Int32Array, isMember: Uint8Array, weights: Float64Array): void {
    const { priorWeight } = this.#options
    this.#reserve()
    for (const axis of this.#ordered) this.#widen(axis, members.length, isMember)
    this.#weigh(members, weights)
    this.#layOut()
    this.#drawn = undefined
    const share = priorWeight / (members.length + 1)
    this.#same = this.#nominal.map(({ axis }) => ln((1 + share) / (1 + share * axis.count)))
    this.#other = this.#nominal.map(({ axis }) => ln(share / (1 + share * axis.count)))
    const agreed = this.#same.reduce((sum, log) => sum + log, 0)
    this.#stray = Math.max(...this.#other.map((log, j) => agreed - (this.#same[j] ?? 0) + log))
  }

  /**
   * The logarithm of the density at a row of coordinates, one for each axis of the table.
   *
   * If only the comparison with `enough` matters, the result is some value above `enough` as soon as that is certain.
   */
  logDensity(x: Float64Array, enough: number = Infinity): number {
    const { points, axes } = this.#options.table
    const [members, constants, inverse, lines] = [this.#members, this.#constants, this.#inverse, this.#lines]
    const width = axes.length
    const count = lines.length
    const nominals = this.#nominal.length
    const kind = this.#kindOf(x, 0)
    let most = this.#priorTerm(x)
    let sum = most === -Infinity ? 0 : 1
    let bar = exp(enough - most)
    // The newest first: they are near the current search, so that `enough` is reached soon. Indexes are below the lengths.
    for (let i = members.length - 1; i >= 0; i--) {
      const least = most - NEGLIGIBLE
      if (this.#isBelow(least - ROUNDING, i, x, kind)) continue
      const row = (members[i] as number) * width
      let term = constants[i] as number
      if (nominals > 0) term += this.#nominalTerm(x, row, points)
      for (let j = 0; j < count && term > least; j++) {
        const d = lines[j] as number
        const z = ((x[d] as number) - (points[row + d] as number)) * (inverse[row + d] as number)
        term -= z * z
      }
      if (!(term > least)) continue
      if (term > most) {
        sum = sum * exp(most - term) + 1
        most = term
        bar = exp(enough - most)
      } else {
        sum += exp(term - most)
      }
      if (sum > bar) break
    }
    return most + ln(sum)
  }

  /** Whether it is soon clear that a member's term at `x` is below `least`, as nearly all are. */
  #isBelow(least: number, member: number, x: Float64Array, kind: number): boolean {
    const [sieve, strict] = [this.#sieve, this.#strict]
    let k = member * (2 + 2 * strict.length)
    let upper = sieve[k++] as number
    if (sieve[k++] !== kind && this.#nominal.length > 0) upper += this.#stray
    for (let j = 0; j < strict.length && upper > least; j++) {
      const z = ((x[strict[j] as number] as number) - (sieve[k++] as number)) * (sieve[k++] as number)
      upper -= z * z
    }
    return !(upper > least)
  }

  /** From now on draws from the density given some coordinates of a row, NaN for the others, until the next fit. */
  condition(given: readonly number[]): void {
    const fixed = this.#options.dimensions.filter((d) => !Number.isNaN(given[d] ?? Number.NaN))
    if (fixed.length === 0) return
    const { length } = this.#options.table.axes
    const logs = Float64Array.from(this.#members, (slot, i) =>
      this.#conditionTerm(ln(this.#weights[i] ?? 0), slot * length, given, fixed),
    )
    const prior = fixed.reduce(
      (sum, d) => sum + (this.#options.priors[d]?.logDensity(given[d] ?? 0) ?? 0),
      ln(this.#priorShare),
    )
    const most = logs.reduce((a, b) => Math.max(a, b), prior)
    const sum = logs.reduce((total, log) => total + exp(log - most), exp(prior - most))
    this.#drawn = logs.map((log) => exp(log - most) / sum)
  }

  /** Draws a row of coordinates into `x`, of which only the modelled axes are written. */
  sample(random: Random, x: Float64Array): void {
    const { table, priors, dimensions } = this.#options
    const slot = this.#pick(random())
    if (slot === undefined) {
      for (const d of dimensions) x[d] = priors[d]?.draw(random()) ?? Number.NaN
      return
    }
    const row = slot * table.axes.length
    for (const d of dimensions) x[d] = table.points[row + d] ?? Number.NaN
    for (const [j, { d, axis }] of this.#nominal.entries()) {
      // With the remaining probability, one of all values is drawn, including its own.
      const stray = exp(this.#other[j] ?? -Infinity) * axis.count
      const u = random()
      if (u < stray) x[d] = Math.min(axis.count - 1, Math.floor((u / stray) * axis.count))
    }
    for (const { d, line } of this.#ordered) {
      const sigma = Math.SQRT1_2 / (this.#inverse[row + d] ?? 1)
      x[d] = kernelQuantile(line, random(), table.points[row + d] ?? 0, sigma)
    }
  }

  /** `log`, and how well a member goes with the fixed coordinates. */
  #conditionTerm(log: number, row: number, given: readonly number[], fixed: readonly number[]): number {
    const { points } = this.#options.table
    let term = log
    for (const [j, { d }] of this.#nominal.entries()) {
      if (fixed.includes(d)) term += (given[d] === points[row + d] ? this.#same[j] : this.#other[j]) ?? 0
    }
    for (const { d } of this.#ordered) {
      if (!fixed.includes(d)) continue
      const z = ((given[d] ?? 0) - (points[row + d] ?? 0)) * (this.#inverse[row + d] ?? 0)
      term -= z * z + (this.#norms[row + d] ?? 0)
    }
    return term
  }

  #priorTerm(x: Float64Array): number {
    let term = ln(this.#priorShare)
    for (const { d } of this.#nominal) term += this.#options.priors[d]?.logDensity(x[d] ?? 0) ?? 0
    for (const { d } of this.#ordered) term += this.#options.priors[d]?.logDensity(x[d] ?? 0) ?? 0
    return term
  }

  #nominalTerm(x: Float64Array, row: number, points: Float64Array): number {
    let term = 0
    for (let j = 0; j < this.#nominal.length; j++) {
      const { d } = this.#nominal[j] as NominalAxis // `j` is below the length, here and in `same` and `other`.
      term += (x[d] === points[row + d] ? this.#same[j] : this.#other[j]) as number
    }
    return term
  }

  #pick(u: number): number | undefined {
    let left = u
    for (const [i, weight] of (this.#drawn ?? this.#weights).entries()) {
      left -= weight
      if (left < 0) return this.#members[i]
    }
    return undefined
  }

  /** Sets the widths of the kernels of one axis. */
  #widen({ d, line, range }: OrderedAxis, count: number, isMember: Uint8Array): void {
    const { table, dimensions, bandwidth } = this.#options
    const width = table.axes.length
    const order = table.sorted[d] ?? new Int32Array(0)
    const slots = new Int32Array(count)
    const values = new Float64Array(count)
    const sigmas = new Float64Array(count)
    let filled = 0
    for (let i = 0; filled < count && i < table.size; i++) {
      const slot = order[i] as number // All slots of the table are in the order.
      if (isMember[slot] !== 1) continue
      slots[filled] = slot
      values[filled++] = table.points[slot * width + d] as number
    }
    bandwidth(values, sigmas, { range, dimensions: dimensions.length })
    for (let i = 0; i < count; i++) {
      const at = (slots[i] as number) * width + d
      if (this.#asked[at] === sigmas[i]) continue
      const mean = values[i] as number
      const sigma = Math.max(sigmas[i] as number, line.leastSigma(mean))
      this.#asked[at] = sigmas[i] as number
      this.#inverse[at] = Math.SQRT1_2 / sigma
      this.#norms[at] = kernelNorm(line, mean, sigma)
    }
  }

  #weigh(members: Int32Array, weights: Float64Array): void {
    const { table, priorWeight } = this.#options
    const width = table.axes.length
    let total = priorWeight
    for (let i = 0; i < members.length; i++) total += weights[i] ?? 0
    // Without a prior and without trials there is nothing else to draw from than the prior.
    this.#priorShare = total > 0 ? priorWeight / total : 1
    this.#members = members
    this.#weights = new Float64Array(members.length)
    this.#constants = new Float64Array(members.length)
    for (let i = 0; i < members.length; i++) {
      const share = (weights[i] ?? 0) / (total || 1)
      const row = (members[i] as number) * width
      let constant = ln(share)
      for (const { d } of this.#ordered) constant -= this.#norms[row + d] as number
      this.#weights[i] = share
      this.#constants[i] = constant
    }
  }

  /** Lays out the members for {@link logDensity}, which passes over nearly all of them. */
  #layOut(): void {
    const { points, axes } = this.#options.table
    const members = this.#members
    // The order only saves time, and changes little from one fit to the next.
    if (this.#ranked === 0 || members.length > 1.2 * this.#ranked) this.#rankAxes()
    const stride = 2 + 2 * this.#strict.length
    if (this.#sieve.length < members.length * stride) {
      this.#sieve = new Float64Array(Math.ceil(1.5 * members.length) * stride)
    }
    const sieve = this.#sieve
    let k = 0
    for (let i = 0; i < members.length; i++) {
      const row = (members[i] as number) * axes.length
      sieve[k++] = this.#constants[i] as number
      sieve[k++] = this.#kindOf(points, row)
      for (let j = 0; j < this.#strict.length; j++) {
        const at = row + (this.#strict[j] as number)
        sieve[k++] = points[at] as number
        sieve[k++] = this.#inverse[at] as number
      }
    }
  }

  #rankAxes(): void {
    const { points, axes } = this.#options.table
    const members = this.#members
    const sharpness = this.#lines.map((d) => {
      let [sum, squares, narrow] = [0, 0, 0]
      for (const slot of members) {
        const at = slot * axes.length + d
        const [point, inverse] = [points[at] as number, this.#inverse[at] as number]
        sum += point
        squares += point * point
        narrow += inverse * inverse
      }
      const mean = sum / members.length
      return (squares / members.length - mean * mean) * narrow
    })
    const order = this.#lines.map((_, j) => j).sort((a, b) => (sharpness[b] ?? 0) - (sharpness[a] ?? 0))
    this.#strict = Int32Array.from(order, (j) => this.#lines[j] ?? 0)
    this.#ranked = members.length
  }

  /** One number for the values that a row has on all axes without order. */
  #kindOf(points: Float64Array, row: number): number {
    let kind = 0
    for (let j = 0; j < this.#nominal.length; j++) {
      const { d, axis } = this.#nominal[j] as NominalAxis // `j` is below the length.
      kind = kind * axis.count + (points[row + d] as number)
    }
    return kind
  }

  #reserve(): void {
    const { length } = this.#options.table.points
    if (this.#inverse.length >= length) return
    this.#asked = longer(this.#asked, length)
    this.#inverse = longer(this.#inverse, length)
    this.#norms = longer(this.#norms, length)
  }
}

function longer(array: Float64Array, length: number): Float64Array {
  const copy = new Float64Array(length)
  copy.set(array)
  return copy
}
