import { Pyramid } from './pyramid.ts'

/**
 * One metric over its steps: steps strictly rising, a value for each (NaN where it was not finite), and what is needed
 * to answer for any window at once.
 */
export interface Series {
  readonly steps: Float64Array
  readonly values: Float64Array
  readonly pyramid: Pyramid
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
export function createSeries(steps: Float64Array, values: Float64Array): Series {
  const pyramid = new Pyramid()
  pyramid.update(values, 0)
  return { steps, values, pyramid, gaps: gapsOf(values) }
}

/**
 * The same series with more points behind it, sharing what it can: `steps` and `values` begin with those of `before`.
 */
export function extendSeries(before: Series, steps: Float64Array, values: Float64Array): Series {
  const known = before.values.length
  before.pyramid.update(values, known)
  const more = gapsOf(values.subarray(known))
  if (more.length === 0) return { steps, values, pyramid: before.pyramid, gaps: before.gaps }
  const gaps = new Uint32Array(before.gaps.length + more.length)
  gaps.set(before.gaps)
  for (let at = 0; at < more.length; at++) gaps[before.gaps.length + at] = (more[at] ?? 0) + known
  return { steps, values, pyramid: before.pyramid, gaps }
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

function gapsOf(values: Float64Array): Uint32Array {
  let count = 0
  for (let at = 0; at < values.length; at++) if (Number.isNaN(values[at])) count++
  const gaps = new Uint32Array(count)
  if (count === 0) return gaps
  let next = 0
  for (let at = 0; at < values.length; at++) if (Number.isNaN(values[at])) gaps[next++] = at
  return gaps
}
