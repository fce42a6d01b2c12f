import { median, type Numbers } from './noise.ts'

/** The minimum number of values for judging a trend. */
export const MIN_TREND = 6

/**
 * Returns the medians of `count` parts of equal length, in order; or the values themselves if there are at most `count`.
 *
 * Neighbouring values in a training run are correlated, which makes random changes look like a trend. Medians of longer
 * parts are nearly uncorrelated.
 */
export function binMedians(values: Numbers, count = 16): Float64Array {
  if (values.length <= count) return Float64Array.from(values)
  const bins = new Float64Array(count)
  for (let bin = 0; bin < count; bin++) {
    const from = Math.floor((bin * values.length) / count)
    const to = Math.floor(((bin + 1) * values.length) / count)
    const part = new Float64Array(to - from)
    for (let i = from; i < to; i++) part[i - from] = values[i] ?? Number.NaN
    bins[bin] = median(part)
  }
  return bins
}
