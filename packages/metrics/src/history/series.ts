import { EmaTracks } from './ema-track.ts'
import { Pyramid } from './pyramid.ts'

/** The points of one metric, with strictly ascending steps. */
export interface SeriesPoints {
  readonly steps: Float64Array
  /** The values; NaN for a value that was not finite. */
  readonly values: Float64Array
  /** The time of each point in epoch seconds; NaN if the line has none. Undefined if no time is known. */
  readonly times?: Float64Array | undefined
}

/** One metric over its steps, with the index structures that make any window fast. */
export interface Series extends SeriesPoints {
  readonly pyramid: Pyramid
  /** The requested averages. */
  readonly emas: EmaTracks
  /** Indices of the values that are not finite, ascending. */
  readonly gaps: Uint32Array
}

/** The values from earlier attempts, for steps that a later attempt wrote again. */
export interface Ghost {
  /** The number of the attempt, starting from 0. An attempt starts wherever steps went back. */
  readonly attempt: number
  readonly series: Series
}

/** Creates a series from ascending steps. */
export function createSeries(steps: Float64Array, values: Float64Array, times?: Float64Array): Series {
  const pyramid = new Pyramid()
  pyramid.update(values, 0)
  return { steps, values, times, pyramid, emas: new EmaTracks(), gaps: gapsOf(values) }
}

/**
 * Returns the same series with more points appended, sharing memory where possible. `points` must start with those of
 * `before`.
 */
export function extendSeries(before: Series, points: SeriesPoints): Series {
  const { values } = points
  const known = before.values.length
  before.pyramid.update(values, known)
  const more = gapsOf(values.subarray(known))
  const series = { ...before, ...points }
  if (more.length === 0) return series
  const gaps = new Uint32Array(before.gaps.length + more.length)
  gaps.set(before.gaps)
  for (let at = 0; at < more.length; at++) gaps[before.gaps.length + at] = (more[at] ?? 0) + known
  return { ...series, gaps }
}

/** Whether all steps are ascending. */
export function isRising(steps: Float64Array): boolean {
  for (let at = 1; at < steps.length; at++) if (!((steps[at] ?? 0) > (steps[at - 1] ?? 0))) return false
  return true
}

/** Returns the index of the first number in an ascending array that is at least `bound`. */
export function lowerBound(numbers: Float64Array | Uint32Array, bound: number, from = 0): number {
  let low = from
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((numbers[middle] ?? 0) < bound) low = middle + 1
    else high = middle
  }
  return low
}

/** Returns how many values from `start` to `end` (exclusive) are not finite, and the index of the first. */
export function gapsIn(
  { gaps }: Pick<Series, 'gaps'>,
  start: number,
  end: number,
): { readonly count: number; readonly first: number } {
  const at = lowerBound(gaps, start)
  const past = at < gaps.length ? lowerBound(gaps, end, at) : at
  return { count: past - at, first: past > at ? (gaps[at] ?? -1) : -1 }
}

/** Returns the indices of the points in a range of steps, both ends included; `end` is the index after the last. */
export function placesIn(
  { steps }: Pick<Series, 'steps'>,
  from: number,
  to: number,
): { readonly start: number; readonly end: number } {
  const start = lowerBound(steps, from)
  if (to < from) return { start, end: start }
  let end = lowerBound(steps, to, start)
  while (end < steps.length && steps[end] === to) end++
  return { start, end }
}

function gapsOf(values: Float64Array): Uint32Array {
  let count = 0
  for (let at = 0; at < values.length; at++) if (Number.isNaN(values[at])) count++
  const gaps = new Uint32Array(count)
  if (count === 0) return gaps
  let next = 0
  for (let at = 0; at < values.length; at++) if (Number.isNaN(values[at])) gaps[next++] = at
  return gaps
}
