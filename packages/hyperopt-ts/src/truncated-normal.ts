import { ln, ln1p } from './elementary.ts'
import { erfc, normalCdf, normalQuantile } from './special.ts'

const LOG_SQRT_2PI = 0.9189385332046728

/**
 * Returns the logarithm of the probability that a standard normal value is between `a` and `b`, for a <= 0 <= b.
 *
 * It is used to normalize the density of a normal distribution that is truncated at both ends.
 */
export function logMass(a: number, b: number): number {
  // Beyond 8.3 standard deviations, the tail is below the last bit of 1.
  const below = a > -8.3 ? 0.5 * erfc(-a * Math.SQRT1_2) : 0
  const above = b < 8.3 ? 0.5 * erfc(b * Math.SQRT1_2) : 0
  return below + above === 0 ? 0 : ln1p(-below - above)
}

/**
 * Returns the logarithm of the norm of a normal distribution that is truncated at `low` and `high`, with `mean` between them. Its
 * density at x is exp(-z^2/2) divided by the norm, for z = (x - mean) / sigma.
 */
export function logTruncatedNorm(mean: number, sigma: number, low: number, high: number): number {
  return LOG_SQRT_2PI + ln(sigma) + logMass((low - mean) / sigma, (high - mean) / sigma)
}

/**
 * Returns the quantile function of that distribution: the value below which a given fraction of it lies. A uniform fraction in [0, 1)
 * yields a sample.
 */
export function truncatedQuantile(mean: number, sigma: number, low: number, high: number): (u: number) => number {
  const below = normalCdf((low - mean) / sigma)
  const above = normalCdf((mean - high) / sigma)
  const inside = 1 - below - above
  return (u) => {
    // Computed from the nearer end, so that a probability close to one keeps its digits.
    const lower = below + u * inside
    const z = lower < 0.5 ? normalQuantile(lower) : -normalQuantile(above + (1 - u) * inside)
    return Math.min(high, Math.max(low, mean + sigma * z))
  }
}
