import { type Array as JaxArray, nn, numpy as np } from '@jax-js/jax'

/** Computes the weighted sums of one layer, with the weights and biases at `index`. Consumes `input`. */
export function layer(params: readonly JaxArray[], index: number, input: JaxArray): JaxArray {
  const weight = params[index]
  const bias = params[index + 1]
  if (!weight || !bias) throw new RangeError(`a network with ${params.length} tensors has no layer at ${index}`)
  return np.matmul(input, weight).add(bias)
}

/** The outputs of consecutive rectified layers, and an additional reference to the last output, for the heads. */
export interface Body {
  readonly hidden: readonly JaxArray[]
  readonly last: JaxArray
}

/** Computes the body of a network: the layers of the tensors before `end`. Consumes `x`. */
export function body(params: readonly JaxArray[], end: number, x: JaxArray): Body {
  const hidden: JaxArray[] = []
  let last = x
  for (let index = 0; index < end; index += 2) {
    const output = nn.relu(layer(params, index, last))
    hidden.push(output)
    last = output.ref
  }
  return { hidden, last }
}
