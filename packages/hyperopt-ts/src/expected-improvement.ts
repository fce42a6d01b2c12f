import { exp, ln } from './elementary.ts'
import { logNormalPdf, normalCdf } from './special.ts'

/**
 * Returns the logarithm of a normal value's expected improvement below `best`, and its derivatives with respect to the mean and the
 * variance (Ament et al. 2023: the logarithm still has a slope if the improvement itself underflows).
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
  // The asymptotic series of phi + z Phi, because the two terms would cancel here.
  if (z < -25) return logNormalPdf(z) - 2 * ln(-z) + ln(1 - 3 / (z * z))
  const density = exp(logNormalPdf(z))
  return logNormalPdf(z) + ln(Math.max(1e-300, 1 + (z * normalCdf(z)) / density))
}
