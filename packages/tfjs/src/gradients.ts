import type { ParamGroup } from '@hotcb/actuators'
import type { Tensor } from '@tensorflow/tfjs-core'
import type { Gradients, NamedTensor, TensorFlow, TensorFlowOptimizer } from './tensorflow.ts'

/**
 * Makes an optimizer apply the clip norm and the weight decay of its group at each step, including those of `minimize` and
 * `model.fit`.
 */
export function steerGradients(tf: TensorFlow, optimizer: TensorFlowOptimizer, group: ParamGroup): void {
  const apply = optimizer.applyGradients.bind(optimizer)
  optimizer.applyGradients = (gradients: Gradients) => {
    const { lr, clipNorm = 0, weightDecay = 0 } = group
    tf.tidy(() => {
      const clipped = clipNorm > 0 ? clip(tf, gradients, clipNorm) : gradients
      if (weightDecay > 0) decay(tf, gradients, 1 - lr * weightDecay)
      apply(clipped)
    })
  }
}

// Clips by the global norm of all gradients (Pascanu, Mikolov and Bengio 2013, algorithm 1). Nothing is read back
// from the device. Division by a norm of 0 results in infinity, and the minimum of infinity and 1 is 1.
function clip(tf: TensorFlow, gradients: Gradients, norm: number): Gradients {
  const present = tensorsOf(gradients)
  if (present.length === 0) return gradients
  const squares = present.map(({ tensor }) => tf.sum<Tensor>(tf.square(tensor)))
  const factor = tf.minimum(1, tf.div(norm, tf.sqrt(tf.addN(squares))))
  const scaled = present.map(({ name, tensor }) => ({ name, tensor: tf.mul<Tensor>(tensor, factor) }))
  if (!Array.isArray(gradients)) return Object.fromEntries(scaled.map(({ name, tensor }) => [name, tensor]))
  // Optimizers index their memory by position, so a variable without a gradient must keep its position.
  return gradients.map((one) => scaled.find(({ name }) => name === one.name) ?? one)
}

// Applies weight decay to the weights before the step, decoupled from the gradients (Loshchilov and Hutter 2019,
// algorithm 2).
function decay(tf: TensorFlow, gradients: Gradients, factor: number): void {
  const variables = tf.engine().registeredVariables
  for (const { name } of tensorsOf(gradients)) {
    const variable = variables[name]
    variable?.assign(tf.mul(variable, factor))
  }
}

// A variable has no gradient if the loss does not depend on it.
function tensorsOf(gradients: Gradients): NamedTensor[] {
  const named = Array.isArray(gradients)
    ? gradients
    : Object.entries(gradients).map(([name, tensor]): NamedTensor => ({ name, tensor }))
  return named.filter(({ tensor }) => tensor !== null && tensor !== undefined)
}
