import type { LineWindow } from '../line-window.ts'
import type { SpikeParams } from './spike.ts'

/** A floor that was computed for one window and one rule. */
interface Floor {
  readonly generation: number
  /** The count of values at which it was computed, and at which it expires. */
  readonly from: number
  readonly until: number
  readonly params: SpikeParams
  readonly value: number
}

const NO_FLOOR = Number.NEGATIVE_INFINITY
/** Covers the rounding of the bound, as a share of the numbers that it is computed from. */
const ROUNDING = 1e-12

// One per window: nearly always one rule looks for spikes in a metric. A second one only computes more often.
const floors = new WeakMap<LineWindow, Floor>()

/**
 * Returns a value that is certainly not above the bound of {@link spike}: what does not exceed it is no spike.
 *
 * Sorting the values at every step would be most of the cost of a rule. When k of n values have been replaced, their order statistics
 * have moved by at most k places. So one sort gives lower limits of the median and of the median deviation for the next n/4 values.
 */
export function spikeFloor(window: LineWindow, params: SpikeParams): number {
  const known = floors.get(window)
  const { count, generation } = window
  const holds =
    known !== undefined &&
    known.generation === generation &&
    known.params === params &&
    count >= known.from &&
    count <= known.until
  if (holds) return known.value
  const replaced = params.window >> 2
  const value = params.deviations >= 0 ? floorOf(window.tail(params.window, 3), params.deviations, replaced) : NO_FLOOR
  floors.set(window, { generation, from: count, until: count + replaced, params, value })
  return value
}

function floorOf(values: Float64Array, deviations: number, replaced: number): number {
  const sorted = values.slice().sort()
  const middle = (sorted.length - 1) >> 1
  const least = sorted[middle - replaced] ?? NO_FLOOR
  // At least this many of these values lie within one deviation of the median, on both sides together.
  const near = middle + 1 - replaced
  let width = Number.POSITIVE_INFINITY
  for (let i = 0; i + near <= sorted.length; i++) {
    width = Math.min(width, (sorted[i + near - 1] ?? 0) - (sorted[i] ?? 0))
  }
  const floor = least + (deviations * width) / 2
  const largest = Math.max(Math.abs(sorted[0] ?? 0), Math.abs(sorted.at(-1) ?? 0))
  return floor - ROUNDING * largest * (1 + deviations)
}
