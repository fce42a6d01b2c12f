import { median, type Numbers } from './noise.ts'

/** Fewest values by which a trend is judged. */
export const MIN_TREND = 6

/**
 * Medians of `count` parts of equal length, in order; all values as they are where there are no more than `count`.
 *
 * Neighbouring values of a training resemble each other, which makes chance look like a trend. Medians of longer parts
 * hardly do.
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
