import type { UpdateRule } from './optimizer.ts'

/** A group's default momentum. */
export const DEFAULT_MOMENTUM = 0.9

/** Gradient descent with momentum as in PyTorch: `v = momentum * v + g + weightDecay * w`, `w -= lr * v`. */
export const sgd: UpdateRule = {
  moments: 1,
  counters: [],
  begin({ lr, weightDecay, momentum = DEFAULT_MOMENTUM }) {
    return ({ weights, gradient, moments }, scale) => {
      const velocity = moments[0] ?? new Float32Array()
      for (let at = 0; at < weights.length; at++) {
        const weight = weights[at] ?? 0
        const next = momentum * (velocity[at] ?? 0) + scale * (gradient[at] ?? 0) + weightDecay * weight
        velocity[at] = next
        weights[at] = weight - lr * next
      }
    }
  },
}
