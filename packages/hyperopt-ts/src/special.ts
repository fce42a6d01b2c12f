import { exp, ln, ln1p } from './elementary.ts'

// Coefficients c0/2, c1, ... of the Chebyshev series of (1 + 2x) exp(x^2) erfc(x) in t = (x - 3.75) / (x + 3.75),
// the form of Shepherd and Laframboise 1981 (Math. Comp. 36). They were computed to 40 digits for this file.
const ERFCX = [
  1.1775789345674017, -0.004590054580646478, -0.08424913336651792, 0.05920993999819189, -0.026658668435305753,
  0.009074997670705265, -0.002413163540417608, 0.0004907758365258086, -6.916973302501202e-5, 4.139027986073072e-6,
  7.740383066199228e-7, -2.1886401049226326e-7, 1.076499946575279e-8, 4.521959811295483e-9, -7.754400208161412e-10,
  -6.318088335685348e-11, 2.8687950142646113e-11, 1.9455869777837063e-13, -9.654696843713995e-13,
  3.2525450847083794e-14, 3.347807000030017e-14, -1.8646276025294e-15, -1.2508703182071658e-15, 7.410198822726964e-17,
  5.0601822727946194e-17,
] as const

const SQRT_HALF = Math.SQRT1_2
const LOG_2 = Math.LN2
const LOG_SQRT_2PI = 0.9189385332046728

/** Returns the error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x. */
export function erf(x: number): number {
  const size = Math.abs(x)
  if (size > 0.75) return x > 0 ? 1 - erfc(x) : erfc(-x) - 1
  // The Taylor series keeps full relative precision near zero, where 1 - erfc(x) would lose it.
  let term = x
  let sum = x
  for (let n = 1; Math.abs(term) > 1e-18 * size; n++) {
    term *= -(x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

/** Returns the complement 1 - erf(x), precise even if it is tiny. */
export function erfc(x: number): number {
  return x >= 0 ? exp(-x * x) * erfcx(x) : 2 - exp(-x * x) * erfcx(-x)
}

/** Returns the standard normal distribution function: the probability of a value up to `x`. */
export function normalCdf(x: number): number {
  return 0.5 * erfc(-x * SQRT_HALF)
}

/** Returns the logarithm of {@link normalCdf}, precise even far in the left tail. */
export function logNormalCdf(x: number): number {
  if (x > -1) return ln1p(-0.5 * erfc(x * SQRT_HALF))
  return ln(erfcx(-x * SQRT_HALF)) - 0.5 * x * x - LOG_2
}

/** Returns the logarithm of the standard normal density. */
export function logNormalPdf(x: number): number {
  return -0.5 * x * x - LOG_SQRT_2PI
}

/** Returns the standard normal quantile: the `x` whose {@link normalCdf} is `p`; -Infinity at 0, Infinity at 1. */
export function normalQuantile(p: number): number {
  if (!(p > 0)) return p === 0 ? -Infinity : Number.NaN
  if (!(p < 1)) return p === 1 ? Infinity : Number.NaN
  return p > 0.5 ? -lowerQuantile(1 - p) : lowerQuantile(p)
}

/** exp(x^2) erfc(x) for x >= 0, by Clenshaw's recurrence. */
function erfcx(x: number): number {
  if (x === Infinity) return 0
  const t = (x - 3.75) / (x + 3.75)
  let b1 = 0
  let b2 = 0
  for (let n = ERFCX.length - 1; n > 0; n--) {
    const b = 2 * t * b1 - b2 + (ERFCX[n] ?? 0)
    b2 = b1
    b1 = b
  }
  return (t * b1 - b2 + ERFCX[0]) / (1 + 2 * x)
}

function lowerQuantile(p: number): number {
  // Abramowitz and Stegun 26.2.23 is accurate to 4.5e-4; two Halley steps refine it to full precision. In the tail they
  // solve log Phi(x) = log p, near the median Phi(x) - 1/2 = p - 1/2: each keeps its relative precision there.
  const logP = ln(p)
  const t = Math.sqrt(-2 * logP)
  const top = 2.515517 + t * (0.802853 + t * 0.010328)
  const bottom = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308))
  let x = top / bottom - t
  for (let i = 0; i < 2; i++) {
    if (p > 0.1) {
      const step = (0.5 * erf(x * SQRT_HALF) - (p - 0.5)) * exp(-logNormalPdf(x))
      x -= step / (1 + 0.5 * step * x)
    } else {
      const logCdf = logNormalCdf(x)
      const ratio = exp(logNormalPdf(x) - logCdf)
      const step = (logCdf - logP) / ratio
      x -= step / (1 + 0.5 * step * (x + ratio))
    }
  }
  return x
}
