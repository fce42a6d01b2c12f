import { LOSS_TERMS, type LossTermValues } from '../digits/loss-terms.ts'
import type { StepGradients } from '../digits/trainer.ts'

/**
 * The step of a whole batch from its parts, which are of one size. Added up in their order, whoever computed them and
 * whenever they came: the same parts give the same bits.
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
