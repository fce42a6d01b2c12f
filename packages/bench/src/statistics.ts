import { signedRankP } from 'hyperopt-ts/analysis'
import { createRandom } from 'hyperopt-ts/sampler'

/** An estimate with the bounds of its 95 % interval. */
export interface Estimate {
  readonly value: number
  readonly low: number
  readonly high: number
}

const RESAMPLES = 10_000

/** Returns the median with its bootstrap interval: values are drawn with replacement, using a fixed seed. */
export function medianEstimate(values: readonly number[]): Estimate {
  const random = createRandom(1)
  const drawn = Array.from({ length: RESAMPLES }, () =>
    median(values.map(() => values[Math.floor(random() * values.length)] ?? Number.NaN)),
  ).sort((a, b) => a - b)
  return {
    value: median(values),
    low: drawn[Math.floor(RESAMPLES * 0.025)] ?? Number.NaN,
    high: drawn[Math.floor(RESAMPLES * 0.975)] ?? Number.NaN,
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = sorted.length >> 1
  const upper = sorted[at] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[at - 1] ?? Number.NaN) + upper) / 2
}

/**
 * Returns the two-sided p value of Wilcoxon's signed-rank test for the hypothesis that paired differences are symmetric around 0.
 */
export function wilcoxonP(differences: readonly number[]): number {
  const nonZero = differences.filter((one) => one !== 0)
  if (nonZero.length === 0) return 1
  return Math.min(1, 2 * Math.min(signedRankP(nonZero), signedRankP(nonZero.map((one) => -one))))
}

/** Adjusts p values for multiple comparisons with Holm's step-down method. The order of the values is kept. */
export function holm(values: readonly number[]): readonly number[] {
  const order = values.map((_, at) => at).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0))
  const adjusted = values.map(() => 1)
  let least = 0
  for (const [rank, at] of order.entries()) {
    least = Math.max(least, Math.min(1, (values[at] ?? 1) * (values.length - rank)))
    adjusted[at] = least
  }
  return adjusted
}

/** Returns a fraction with Wilson's 95 % interval. */
export function shareEstimate(hits: number, count: number): Estimate {
  if (count === 0) return { value: Number.NaN, low: Number.NaN, high: Number.NaN }
  const z = 1.959964
  const value = hits / count
  const scale = 1 + z ** 2 / count
  const centre = (value + z ** 2 / (2 * count)) / scale
  const reach = (z * Math.sqrt((value * (1 - value)) / count + z ** 2 / (4 * count ** 2))) / scale
  return { value, low: Math.max(0, centre - reach), high: Math.min(1, centre + reach) }
}
