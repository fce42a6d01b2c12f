import { LOSS_TERMS, type LossTermValues } from '../digits/loss-terms.ts'
import type { StepGradients } from '../digits/trainer.ts'

/**
 * Combines the parts of a batch, all of the same size, into one step. They are summed in order, regardless of which rank computed them and
 * when they arrived, so that the same parts yield the same bits.
 */
export function meanOf(shares: readonly StepGradients[]): StepGradients {
  const terms: LossTermValues = { cross_entropy: 0, label_smoothing: 0, activity: 0 }
  for (const term of LOSS_TERMS) terms[term] = mean(shares.map((share) => share.terms[term]))
  return {
    loss: mean(shares.map((share) => share.loss)),
    terms,
    accuracy: mean(shares.map((share) => share.accuracy)),
    gradients: meanGradients(shares.map((share) => share.gradients)),
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function meanGradients(all: readonly Float32Array[]): Float32Array {
  const sums = new Float64Array(all[0]?.length ?? 0)
  for (const one of all) for (let at = 0; at < sums.length; at++) sums[at] = (sums[at] ?? 0) + (one[at] ?? 0)
  return Float32Array.from(sums, (sum) => sum / all.length)
}
