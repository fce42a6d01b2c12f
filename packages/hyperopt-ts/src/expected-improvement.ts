import { exp, ln } from './elementary.ts'
import { logNormalPdf, normalCdf } from './special.ts'

/**
 * The logarithm of the expected improvement below `best` of a normal value, and its derivatives by mean and variance
 * (Ament et al. 2023: the logarithm keeps a slope where the improvement itself is below the smallest number).
 */
export function logExpectedImprovement(
  mean: number,
  variance: number,
  best: number,
): { value: number; byMean: number; byVariance: number } {
  const sigma = Math.sqrt(variance)
  const z = (best - mean) / sigma
  const logH = logImprovement(z)
  // h' = Phi, and the improvement is sigma h(z).
  const ratio = z > -30 ? normalCdf(z) / exp(logH) : -z
  return {
    value: logH + 0.5 * ln(variance),
    byMean: -ratio / sigma,
    byVariance: (0.5 * (1 - z * ratio)) / variance,
  }
}

/** ln(phi(z) + z Phi(z)). */
function logImprovement(z: number): number {
  if (z > -1) return ln(exp(logNormalPdf(z)) + z * normalCdf(z))
  // The asymptotic series of phi + z Phi, where the two would cancel.
  if (z < -25) return logNormalPdf(z) - 2 * ln(-z) + ln(1 - 3 / (z * z))
  const density = exp(logNormalPdf(z))
  return logNormalPdf(z) + ln(Math.max(1e-300, 1 + (z * normalCdf(z)) / density))
}
