import { lowerBound, type Series } from './series.ts'

/** Points as they are in the file, in ascending order of step. */
export interface RawSeriesPoints {
  readonly steps: Float64Array
  /** The values. Only the point at the step itself can be NaN, if it is not finite. */
  readonly values: Float64Array
  /** Epoch seconds; NaN if the file has no time. */
  readonly times: Float64Array
}

/**
 * Returns the finite points nearest to a step: at most `count` before it, at most `count` after it, and the point at the
 * step itself if there is one.
 *
 * @throws RangeError when `step` is not a number, or `count` is not a whole number >= 1.
 */
export function pointsAround(series: Series, step: number, count: number): RawSeriesPoints {
  if (Number.isNaN(step)) throw new RangeError('`step` must be a number, got NaN')
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`\`count\` must be a whole number >= 1, got ${count}`)
  const { steps, values, times } = series
  const middle = lowerBound(steps, step)
  const isThere = steps[middle] === step
  const places = [
    ...finitePlaces(values, middle - 1, -1, count).reverse(),
    ...(isThere ? [middle] : []),
    ...finitePlaces(values, isThere ? middle + 1 : middle, 1, count),
  ]
  return {
    steps: Float64Array.from(places, (at) => steps[at] ?? 0),
    values: Float64Array.from(places, (at) => values[at] ?? Number.NaN),
    times: Float64Array.from(places, (at) => times?.[at] ?? Number.NaN),
  }
}

function finitePlaces(values: Float64Array, from: number, stride: 1 | -1, count: number): number[] {
  const places: number[] = []
  for (let at = from; at >= 0 && at < values.length && places.length < count; at += stride) {
    if (!Number.isNaN(values[at])) places.push(at)
  }
  return places
}
