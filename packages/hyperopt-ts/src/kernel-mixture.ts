import type { Axis } from './axis.ts'
import type { Bandwidth } from './bandwidth.ts'
import { exp, ln } from './elementary.ts'
import { type KernelAxis, KernelWidths, longer } from './kernel-widths.ts'
import type { TrialTable } from './trial-table.ts'

// A kernel's contribution may be left out if it is below exp(-28), or 7e-13, of the largest.
const NEGLIGIBLE = 28
// The assumed difference between sums of the same terms in different orders. The actual difference is far smaller.
const ROUNDING = 1e-6
// Blocks of 2 to the power of this many neighbouring members share a bound of their weights.
const BLOCK = 5
// With no more members than this, most of them matter at a point.
const FEW = 64

/** An axis of a table whose values have no order. `d` is its index. */
export interface NominalAxis {
  readonly d: number
  readonly axis: Axis
}

/** The trials that a {@link KernelMixture} is fitted to. */
export interface Members {
  /** The slots of the trials, in ascending order. */
  readonly slots: Int32Array
  /** By slot, 1 for a member. */
  readonly isMember: Uint8Array
  /** The weights of the trials; each is >= 0. */
  readonly weights: Float64Array
  /** The total of which the weights are fractions. */
  readonly total: number
  /** The weight of all values other than a member's own, on an axis without order. */
  readonly others: number
}

/**
 * A weighted sum of product kernels, one for each member: a trial of a table.
 *
 * Nearly all kernels are negligible at a point. An upper bound shows this after one or two of their axes, and they are skipped.
 * The result is the sum of the others in the order of the trials.
 */
export class KernelMixture {
  readonly widths: KernelWidths
  readonly nominal: readonly NominalAxis[]
  /** By nominal axis, the logarithm of the probability of another value. */
  others: Float64Array = new Float64Array(0)
  readonly #table: TrialTable
  #members: Int32Array = new Int32Array(0)
  #weights: Float64Array = new Float64Array(0)
  #total = 1
  /** The term of each member at its own point on the ordered axes; NaN until it is needed. */
  #constants = new Float64Array(0)
  /** For each block of members, an upper bound of the logarithm of their weights as fractions of the total. */
  #bounds = new Float64Array(0)
  /** By nominal axis, the logarithm of the probability of a member's own value. */
  #same = new Float64Array(0)
  /** The largest value of a kernel at a point that differs from its own in an axis without order. */
  #stray = 0
  /** By slot, one number that identifies its values on all axes without order. */
  #kinds = new Float64Array(0)
  #known = 0
  /** By slot, its index among the members, -1 if it is not a member. */
  #places = new Int32Array(0)
  /** The ordered axes. The axis with the narrowest kernels relative to the spread of its points comes first. */
  #strict: readonly KernelAxis[] = []
  #ranked = 0

  /** `telling` contains the indexes of the axes with more than one value, among the `dimensions` that are modelled together. */
  constructor(table: TrialTable, telling: readonly number[], bandwidth: Bandwidth, dimensions: number) {
    this.#table = table
    this.widths = new KernelWidths({ table, telling, bandwidth, dimensions })
    this.nominal = telling.flatMap((d) => (table.axes[d]?.nominal ? [{ d, axis: table.axes[d] }] : []))
  }

  /** Fits the mixture to other trials. */
  fit({ slots, isMember, weights, total, others }: Members): void {
    this.widths.fit(slots.length, isMember)
    this.#members = slots
    this.#weights = weights
    this.#total = total
    this.#same = Float64Array.from(this.nominal, ({ axis }) => ln((1 + others) / (1 + others * axis.count)))
    this.others = Float64Array.from(this.nominal, ({ axis }) => ln(others / (1 + others * axis.count)))
    const agreed = this.#same.reduce((sum, log) => sum + log, 0)
    this.#stray = this.others.reduce((most, log, j) => Math.max(most, agreed - (this.#same[j] ?? 0) + log), -Infinity)
    this.#reserve()
    this.#bound()
    this.#constants.fill(Number.NaN, 0, slots.length)
    this.#places.fill(-1, 0, this.#table.size)
    for (let i = 0; i < slots.length; i++) this.#places[slots[i] as number] = i // `i` is below the length.
    // The order only saves time, and it changes little from one fit to the next.
    if (this.#ranked === 0 || slots.length > 1.2 * this.#ranked) this.#rankAxes()
  }

  /**
   * Returns the logarithm of exp(`start`) plus the kernels at a row of coordinates, one for each axis of the table.
   *
   * If only the comparison with `enough` matters, the result is some value above `enough` as soon as that is certain.
   */
  logSum(start: number, x: Float64Array, enough: number): number {
    const kind = this.#kindAt(x)
    if (enough < Infinity && this.#hasTermAbove(enough + ROUNDING, x, kind)) return Infinity
    const members = this.#members
    let most = start
    let sum = most === -Infinity ? 0 : 1
    let bar = exp(enough - most)
    // The latest ones come first: they are near the current search, so `enough` is reached soon.
    for (let i = members.length - 1; i >= 0; i--) {
      const least = most - NEGLIGIBLE
      if (!(this.#upperBound(i, x, kind, least) > least)) continue
      const term = this.#term(i, x, least)
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

  /** Returns an upper bound of a member's term at `x`, or some value up to `least` if the term is not above `least`. */
  #upperBound(member: number, x: Float64Array, kind: number, least: number): number {
    const strict = this.#strict
    // Checking more axes only pays off if it skips most members.
    const tested = this.#members.length > FEW ? strict.length : Math.min(1, strict.length)
    const slot = this.#members[member] as number // Indexes are below the lengths, here and below.
    let upper = (this.#bounds[member >> BLOCK] as number) - (this.widths.sums[slot] as number) + ROUNDING
    if (this.#kinds[slot] !== kind) upper += this.#stray
    for (let j = 0; j < tested && upper > least; j++) upper -= distance(strict[j] as KernelAxis, slot, x)
    return upper
  }

  /**
   * By member, the logarithm of its fraction of the total weight times its density at the given coordinates. Coordinates that are not given
   * are NaN.
   */
  conditionTerms(given: readonly number[]): Float64Array {
    const { columns } = this.#table
    const isGiven = ({ d }: { readonly d: number }): boolean => !Number.isNaN(given[d] ?? Number.NaN)
    return Float64Array.from(this.#members, (slot, i) => {
      let term = ln((this.#weights[i] ?? 0) / this.#total)
      for (const [j, axis] of this.nominal.entries()) {
        const isOwn = given[axis.d] === columns[axis.d]?.[slot]
        if (isGiven(axis)) term += (isOwn ? this.#same[j] : this.others[j]) ?? 0
      }
      for (const axis of this.widths.axes.filter(isGiven)) {
        term -= distance(axis, slot, given) + (axis.norms[slot] ?? 0)
      }
      return term
    })
  }

  /** Whether one of the kernels that are closest on the first axis is above `least`. This settles the comparison for most rows. */
  #hasTermAbove(least: number, x: Float64Array, kind: number): boolean {
    const axis = this.#strict[0]
    if (axis === undefined) return false
    const { size, sorted } = this.#table
    const { d, column } = axis
    const order = sorted[d] as Int32Array
    const at = x[d] as number
    let above = firstAbove(at, order, column, size)
    let below = above - 1
    // There are fewer steps than slots, so at least one side is never exhausted.
    for (let steps = this.#members.length >> 4; steps > 0; steps--) {
      const [low, high] = [column[order[below] as number] as number, column[order[above] as number] as number]
      const isLow = below >= 0 && (above >= size || at - low < high - at)
      const slot = order[isLow ? below-- : above++] as number
      const member = this.#places[slot] as number
      if (member < 0 || this.#kinds[slot] !== kind) continue
      const upper = (this.#bounds[member >> BLOCK] as number) - (this.widths.sums[slot] as number)
      if (upper > least && this.#term(member, x, least) > least) return true
    }
    return false
  }

  /** Returns a member's term at `x`, or some value up to `least` if the term is not above `least`. */
  #term(member: number, x: Float64Array, least: number): number {
    const { columns } = this.#table
    const { axes } = this.widths
    const slot = this.#members[member] as number
    let own = 0
    for (let j = 0; j < this.nominal.length; j++) {
      const { d } = this.nominal[j] as NominalAxis
      const column = columns[d] as Float64Array
      own += ((x[d] as number) === (column[slot] as number) ? this.#same[j] : this.others[j]) as number
    }
    let term = this.#constantOf(member, slot) + own
    for (let j = 0; j < axes.length && term > least; j++) term -= distance(axes[j] as KernelAxis, slot, x)
    return term
  }

  #constantOf(member: number, slot: number): number {
    const known = this.#constants[member] as number
    if (!Number.isNaN(known)) return known
    let constant = ln((this.#weights[member] as number) / this.#total)
    for (const { norms } of this.widths.axes) constant -= norms[slot] as number
    this.#constants[member] = constant
    return constant
  }

  #bound(): void {
    const weights = this.#weights
    for (let start = 0; start < weights.length; start += 1 << BLOCK) {
      let most = 0
      const end = Math.min(weights.length, start + (1 << BLOCK))
      for (let i = start; i < end; i++) most = Math.max(most, weights[i] as number)
      this.#bounds[start >> BLOCK] = ln(most / this.#total)
    }
  }

  #reserve(): void {
    const { size, columns } = this.#table
    if (this.#kinds.length < size) {
      this.#kinds = longer(this.#kinds, 2 * size)
      this.#places = new Int32Array(2 * size)
      this.#constants = new Float64Array(2 * size)
      this.#bounds = new Float64Array(2 * size)
    }
    for (; this.#known < size; this.#known++) {
      const slot = this.#known
      this.#kinds[slot] = this.#kindAt(Float64Array.from(columns, (column) => column[slot] as number))
    }
  }

  /** One number that identifies the values on all axes without order. */
  #kindAt(x: Float64Array): number {
    let kind = 0
    for (const { d, axis } of this.nominal) kind = kind * axis.count + (x[d] as number)
    return kind
  }

  #rankAxes(): void {
    const members = this.#members
    const sharpness = new Map<KernelAxis, number>()
    for (const axis of this.widths.axes) {
      let [sum, squares, narrow] = [0, 0, 0]
      for (const slot of members) {
        const [point, inverse] = [axis.column[slot] as number, axis.inverse[slot] as number]
        sum += point
        squares += point * point
        narrow += inverse * inverse
      }
      const mean = sum / members.length
      sharpness.set(axis, (squares / members.length - mean * mean) * narrow)
    }
    const of = (axis: KernelAxis): number => sharpness.get(axis) ?? 0
    this.#strict = [...this.widths.axes].sort((a, b) => of(b) - of(a))
    this.#ranked = members.length
  }
}

/** Returns the square of a trial's scaled distance from `x` on an axis. */
function distance({ d, column, inverse }: KernelAxis, slot: number, x: ArrayLike<number>): number {
  const z = ((x[d] as number) - (column[slot] as number)) * (inverse[slot] as number)
  return z * z
}

/** Returns the index in `order` of the first slot whose coordinate is above `at`. */
function firstAbove(at: number, order: Int32Array, column: Float64Array, size: number): number {
  let low = 0
  let high = size
  while (low < high) {
    const middle = (low + high) >> 1
    if ((column[order[middle] as number] as number) <= at) low = middle + 1
    else high = middle
  }
  return low
}
