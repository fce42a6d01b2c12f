import { ln } from './elementary.ts'

/**
 * The values that depend on the generation size: weights and learning rates, as in Hansen's tutorial (2016, table 1).
 */
export interface CmaWeights {
  /** The weights by rank, best first. Those of the worse half are negative. */
  readonly weights: Float64Array
  readonly parents: number
  readonly muEff: number
  readonly cSigma: number
  readonly dSigma: number
  readonly cC: number
  readonly c1: number
  readonly cMu: number
}

/** Returns the weights for a number of trials and dimensions; `separable` uses the faster rates of a diagonal. */
export function cmaWeights(count: number, dimensions: number, separable: boolean): CmaWeights {
  const n = dimensions
  const raw = Float64Array.from({ length: count }, (_, i) => ln((count + 1) / 2) - ln(i + 1))
  const parents = Math.max(1, count >> 1)
  const muEff = effective(raw.slice(0, parents))
  const muEffMinus = count > parents ? effective(raw.slice(parents)) : 0
  const cSigma = (muEff + 2) / (n + muEff + 5)
  const dSigma = 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (n + 1)) - 1) + cSigma
  const cC = (4 + muEff / n) / (n + 4 + (2 * muEff) / n)
  const faster = separable ? (n + 2) / 3 : 1
  const c1 = Math.min(1, (faster * 2) / ((n + 1.3) * (n + 1.3) + muEff))
  const cMu = Math.min(1 - c1, (faster * 2 * (muEff - 2 + 1 / muEff)) / ((n + 2) * (n + 2) + muEff))
  const least = Math.min(1 + c1 / (cMu || 1), 1 + (2 * muEffMinus) / (muEff + 2), (1 - c1 - cMu) / (n * (cMu || 1)))
  const plus = raw.reduce((sum, one) => sum + Math.max(0, one), 0)
  const minus = raw.reduce((sum, one) => sum - Math.min(0, one), 0)
  const weights = raw.map((one) => (one >= 0 ? one / (plus || 1) : (Math.max(0, least) * one) / (minus || 1)))
  if (count === 1) weights[0] = 1
  return { weights, parents, muEff, cSigma, dSigma, cC, c1, cMu }
}

function effective(weights: Float64Array): number {
  const sum = weights.reduce((a, b) => a + b, 0)
  const squares = weights.reduce((a, b) => a + b * b, 0)
  return squares > 0 ? (sum * sum) / squares : 1
}
