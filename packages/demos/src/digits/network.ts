import { createRandom } from './random.ts'

/** One weight matrix or bias vector of the network: a view of its section of the flat vector of all weights. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/** The weights of a multilayer perceptron: one flat vector with views of weight, bias, weight, bias, ... from input to output. */
export interface Network {
  /** Units of each layer, input and outputs included: `[64, ...hidden, 10]`. */
  readonly sizes: readonly number[]
  readonly weights: Float32Array
  readonly tensors: readonly Tensor[]
}

const WEIGHT_STREAM = 1

/**
 * Creates a network of rectified hidden layers with the initial weights of `seed`: uniform (He et al. 2015), with biases 0.
 *
 * @param sizes Units of each layer, input and output included.
 * @param more Units of additional output layers, which also read the last hidden layer.
 */
export function createNetwork(sizes: readonly number[], seed: number, more: readonly number[] = []): Network {
  const last = sizes.at(-2) ?? 0
  const shapes = [
    ...sizes.slice(1).flatMap((units, layer) => [[sizes[layer] ?? 0, units], [units]]),
    ...more.flatMap((units) => [[last, units], [units]]),
  ]
  const weights = new Float32Array(shapes.reduce((sum, shape) => sum + count(shape), 0))
  let start = 0
  const tensors = shapes.map((shape) => {
    const values = weights.subarray(start, start + count(shape))
    start += count(shape)
    return { shape, values }
  })
  tensors.forEach(({ shape: [inputs = 0, units], values }, index) => {
    if (units === undefined) return
    const random = createRandom(seed, WEIGHT_STREAM, index)
    const bound = Math.sqrt(6 / inputs)
    for (let at = 0; at < values.length; at++) values[at] = (random.uniform() * 2 - 1) * bound
  })
  return { sizes: [...sizes, ...more], weights, tensors }
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1)
}
