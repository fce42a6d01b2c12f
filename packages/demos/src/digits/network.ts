import { createRandom } from './random.ts'

/** One weight or bias of the network: a view on its stretch of the flat vector of all weights. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/** A multilayer perceptron's weights: one flat vector, seen as weight, bias, weight, bias, ... from input to output. */
export interface Network {
  /** Units of each layer, input and outputs included: `[64, ...hidden, 10]`. */
  readonly sizes: readonly number[]
  readonly weights: Float32Array
  readonly tensors: readonly Tensor[]
}

const WEIGHT_STREAM = 1

/**
 * A network of rectified hidden layers with the starting weights of `seed`: uniform after He et al. 2015, biases 0.
 *
 * @param sizes Units of each layer, input and output included.
 * @param more Units of further output layers, which read the last hidden layer too.
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
