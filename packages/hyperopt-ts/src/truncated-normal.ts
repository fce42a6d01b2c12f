import { ln, ln1p } from './elementary.ts'
import { erfc, normalCdf, normalQuantile } from './special.ts'

const LOG_SQRT_2PI = 0.9189385332046728

/**
 * The logarithm of the probability that a standard normal value is between `a` and `b`, for a <= 0 <= b.
 *
 * It normalizes the density of a normal distribution that is cut off at both ends.
 */
export function logMass(a: number, b: number): number {
  // Beyond 8.3 standard deviations the tail is below the last bit of 1.
  const below = a > -8.3 ? 0.5 * erfc(-a * Math.SQRT1_2) : 0
  const above = b < 8.3 ? 0.5 * erfc(b * Math.SQRT1_2) : 0
  return below + above === 0 ? 0 : ln1p(-below - above)
}

/**
 * The logarithm of what normalizes a normal distribution cut off at `low` and `high`, with `mean` between them: its density at
 * x is exp(-z^2/2) divided by it, for z = (x - mean) / sigma.
 */
export function logTruncatedNorm(mean: number, sigma: number, low: number, high: number): number {
  return LOG_SQRT_2PI + ln(sigma) + logMass((low - mean) / sigma, (high - mean) / sigma)
}

/** A function that returns the value below which a share of that distribution is: a sample if the share is uniform in [0, 1). */
export function truncatedQuantile(mean: number, sigma: number, low: number, high: number): (u: number) => number {
  const below = normalCdf((low - mean) / sigma)
  const above = normalCdf((mean - high) / sigma)
  const inside = 1 - below - above
  return (u) => {
    // Counted from the nearer end, so that a probability next to one keeps its digits.
    const lower = below + u * inside
    const z = lower < 0.5 ? normalQuantile(lower) : -normalQuantile(above + (1 - u) * inside)
    return Math.min(high, Math.max(low, mean + sigma * z))
  }
}
