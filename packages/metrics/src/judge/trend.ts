import { binMedians, MIN_TREND } from './bins.ts'
import { median, type Numbers } from './noise.ts'

/**
 * Returns Mann-Kendall's z, which measures how unlikely the order of the values is without a trend. Below -2, they are falling; above 2,
 * they are rising. It is corrected for ties (Kendall 1975) and continuity.
 *
 * @returns 0 if it is undefined: fewer than two values, or all values are equal.
 */
export function mannKendall(values: Numbers): number {
  const n = values.length
  let rising = 0
  for (let i = 0; i < n; i++) {
    const first = values[i] ?? 0
    for (let j = i + 1; j < n; j++) rising += Math.sign((values[j] ?? 0) - first)
  }
  if (rising === 0) return 0
  const variance = (n * (n - 1) * (2 * n + 5) - tied(values)) / 18
  return variance <= 0 ? 0 : (rising - Math.sign(rising)) / Math.sqrt(variance)
}

/** Returns Theil-Sen's slope: the median of the slopes of all pairs, per position. 0 for fewer than two values. */
export function theilSen(values: Numbers): number {
  const n = values.length
  if (n < 2) return 0
  const slopes = new Float64Array((n * (n - 1)) / 2)
  let at = 0
  for (let i = 0; i < n; i++) {
    const first = values[i] ?? 0
    for (let j = i + 1; j < n; j++) slopes[at++] = ((values[j] ?? 0) - first) / (j - i)
  }
  return median(slopes)
}

/** The trend of a window. */
export interface Trend {
  /** Mann-Kendall's z: falling below -2, rising above 2. */
  readonly z: number
  /** The change over the whole window according to Theil-Sen's slope, in the units of the values. */
  readonly change: number
}

/** Returns the trend of a window from the medians of its 16 parts. @returns undefined for fewer than six values. */
export function trendOf(values: Numbers): Trend | undefined {
  if (values.length < MIN_TREND) return undefined
  const bins = binMedians(values)
  return { z: mannKendall(bins), change: theilSen(bins) * bins.length }
}

/** Returns the reduction in variance caused by equal values. */
function tied(values: Numbers): number {
  const sorted = Float64Array.from(values).sort()
  let sum = 0
  for (let from = 0; from < sorted.length; ) {
    let to = from + 1
    while (to < sorted.length && sorted[to] === sorted[from]) to++
    const count = to - from
    sum += count * (count - 1) * (2 * count + 5)
    from = to
  }
  return sum
}
