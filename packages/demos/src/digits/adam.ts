import type { UpdateRule } from './optimizer.ts'

/** A group's default betas. */
export const DEFAULT_BETAS: readonly [number, number] = [0.9, 0.999]

const EPSILON = 1e-8

/**
 * Adam (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter 2019).
 *
 * The bias of the means is corrected with the product of the betas that were actually used. This equals the power in the paper if they are
 * constant, and it is also correct if they change during training.
 */
export const adam: UpdateRule = {
  moments: 2,
  counters: [1, 1],
  begin({ lr, weightDecay, betas: [beta1, beta2] = DEFAULT_BETAS }, counters) {
    counters[0] = (counters[0] ?? 1) * beta1
    counters[1] = (counters[1] ?? 1) * beta2
    const correction1 = 1 - counters[0]
    const correction2 = 1 - counters[1]
    return ({ weights, gradient, moments }, scale) => {
      const [mean = new Float32Array(), square = new Float32Array()] = moments
      for (let at = 0; at < weights.length; at++) {
        const slope = scale * (gradient[at] ?? 0)
        const nextMean = beta1 * (mean[at] ?? 0) + (1 - beta1) * slope
        const nextSquare = beta2 * (square[at] ?? 0) + (1 - beta2) * slope * slope
        mean[at] = nextMean
        square[at] = nextSquare
        const weight = weights[at] ?? 0
        const move = nextMean / correction1 / (Math.sqrt(nextSquare / correction2) + EPSILON)
        weights[at] = weight - lr * (move + weightDecay * weight)
      }
    }
  },
}
