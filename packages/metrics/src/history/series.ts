import { EmaTracks } from './ema-track.ts'
import { Pyramid } from './pyramid.ts'

/** The points of one metric, steps strictly rising. */
export interface SeriesPoints {
  readonly steps: Float64Array
  /** NaN where it was not finite. */
  readonly values: Float64Array
  /** When each was written, in epoch seconds; NaN where the line does not say. Without it, no time is known. */
  readonly times?: Float64Array | undefined
}

/** One metric over its steps, and what is needed to answer for any window at once. */
export interface Series extends SeriesPoints {
  readonly pyramid: Pyramid
  /** Averages that were asked for. */
  readonly emas: EmaTracks
  /** Places of the values that are not finite, rising. */
  readonly gaps: Uint32Array
}

/** What earlier attempts had written for steps that a later one wrote again. */
export interface Ghost {
  /** Number of the attempt, from 0: one begins wherever steps went back. */
  readonly attempt: number
  readonly series: Series
}

/** A series out of steps that rise already. */
export function createSeries(steps: Float64Array, values: Float64Array, times?: Float64Array): Series {
  const pyramid = new Pyramid()
  pyramid.update(values, 0)
  return { steps, values, times, pyramid, emas: new EmaTracks(), gaps: gapsOf(values) }
}

/**
 * The same series with more points behind it, sharing what it can: `points` begin with those of `before`.
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

/** Whether every step is above the one before. */
export function isRising(steps: Float64Array): boolean {
  for (let at = 1; at < steps.length; at++) if (!((steps[at] ?? 0) > (steps[at - 1] ?? 0))) return false
  return true
}

/** The place of the first number in a rising array that is not below `bound`. */
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

/** How many of the values from `start` to `end` (itself not included) are not finite, and the place of the first. */
export function gapsIn(
  { gaps }: Pick<Series, 'gaps'>,
  start: number,
  end: number,
): { readonly count: number; readonly first: number } {
  const at = lowerBound(gaps, start)
  const past = at < gaps.length ? lowerBound(gaps, end, at) : at
  return { count: past - at, first: past > at ? (gaps[at] ?? -1) : -1 }
}

/** The places of the points in a span of steps, both ends included; `end` is the place after the last. */
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
