import type { LineWindow } from '../line-window.ts'
import type { SpikeParams } from './spike.ts'

/** A floor computed for one window and one rule. */
interface Floor {
  readonly generation: number
  /** The value counts at which it was computed and at which it expires. */
  readonly from: number
  readonly until: number
  readonly params: SpikeParams
  readonly value: number
}

const NO_FLOOR = Number.NEGATIVE_INFINITY
/** Allows for rounding errors in the bound, as a fraction of the numbers from which it is computed. */
const ROUNDING = 1e-12

// One floor per window, because a metric nearly always has only one spike rule. A second rule only causes more
// computations.
const floors = new WeakMap<LineWindow, Floor>()

/**
 * Returns a value that is certainly not above the bound of {@link spike}, so a value that does not exceed it is not a
 * spike.
 *
 * Sorting the values at every step would account for most of a rule's cost. When k of n values have been replaced, the order statistics
 * have moved by at most k places. One sort therefore yields lower limits for the median and the median deviation over the next n/8 values.
 */
export function spikeFloor(window: LineWindow, params: SpikeParams): number {
  const known = floors.get(window)
  const { count, generation } = window
  if (known !== undefined && holds(known, params, generation, count)) return known.value
  const replaced = params.window >> 3
  const value = params.deviations >= 0 ? floorOf(window.tail(params.window, 3), params.deviations, replaced) : NO_FLOOR
  floors.set(window, { generation, from: count, until: count + replaced, params, value })
  return value
}

function holds(floor: Floor, params: SpikeParams, generation: number, count: number): boolean {
  return floor.generation === generation && floor.params === params && count >= floor.from && count <= floor.until
}

function floorOf(values: Float64Array, deviations: number, replaced: number): number {
  const { length } = values
  const sorted = sortedCopy(values)
  const middle = (length - 1) >> 1
  const least = sorted[middle - replaced] ?? NO_FLOOR
  // At least this many of these values lie within one deviation of the median, on both sides together.
  const near = middle + 1 - replaced
  let width = Number.POSITIVE_INFINITY
  for (let i = 0; i + near <= length; i++) {
    const own = (sorted[i + near - 1] ?? 0) - (sorted[i] ?? 0)
    if (own < width) width = own
  }
  const floor = least + (deviations * width) / 2
  const largest = Math.max(Math.abs(sorted[0] ?? 0), Math.abs(sorted[length - 1] ?? 0))
  return floor - ROUNDING * largest * (1 + deviations)
}

let scratch = new Float64Array(64)

/**
 * Sorts by insertion, in memory that the next call reuses. For so few values, this is several times faster than sorting a typed array.
 */
function sortedCopy(values: Float64Array): Float64Array {
  if (scratch.length < values.length) scratch = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN
    let at = i
    while (at > 0 && (scratch[at - 1] ?? 0) > value) {
      scratch[at] = scratch[at - 1] ?? 0
      at--
    }
    scratch[at] = value
  }
  return scratch
}
