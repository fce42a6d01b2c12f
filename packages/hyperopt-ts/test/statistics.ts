import { normalQuantile } from '../src/special.ts'

/** The integral of a smooth function by Gauss's two-point rule on 20,000 intervals. */
export function integrate(f: (x: number) => number, low: number, high: number): number {
  const pieces = 20_000
  const step = (high - low) / pieces
  const offset = step / (2 * Math.sqrt(3))
  let sum = 0
  for (let i = 0; i < pieces; i++) {
    const middle = low + (i + 0.5) * step
    sum += f(middle - offset) + f(middle + offset)
  }
  return (sum * step) / 2
}

/** The p value of the Kolmogorov-Smirnov test that samples follow a continuous distribution function. */
export function kolmogorovSmirnov(samples: readonly number[], cdf: (x: number) => number): number {
  const sorted = Float64Array.from(samples).sort()
  const count = sorted.length
  let most = 0
  for (const [i, x] of sorted.entries()) {
    const y = cdf(x)
    most = Math.max(most, y - i / count, (i + 1) / count - y)
  }
  // Kolmogorov's limit with Stephens' correction for finite samples.
  const t = (Math.sqrt(count) + 0.12 + 0.11 / Math.sqrt(count)) * most
  let p = 0
  for (let k = 1; k <= 100; k++) p += 2 * (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * t * t)
  return Math.min(1, Math.max(0, p))
}

/** The 0.999 quantile of the chi-square distribution with `freedom` degrees of freedom (Wilson and Hilferty 1931). */
export function chiSquareQuantile999(freedom: number): number {
  const a = 2 / (9 * freedom)
  return freedom * (1 - a + normalQuantile(0.999) * Math.sqrt(a)) ** 3
}
