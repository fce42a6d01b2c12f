import { type Array as JaxArray, jit, nn, numpy as np } from '@jax-js/jax'
import type { Batch } from './batches.ts'
import {
  type ComputeGradients,
  crossEntropyOf,
  gradientsOf,
  images,
  type Measure,
  read,
  targets,
  toArray,
} from './compute.ts'
import { body, layer } from './layers.ts'
import type { Tensor } from './network.ts'

export { prepare } from './compute.ts'

/** Like `computeGradients` for the digits, with the terms in `MULTITASK_TERMS`. */
export const computeGradients: ComputeGradients = gradientsOf(weightedLoss)

/** Returns the network's cross entropy, reconstruction error and logits on `batch`. */
export function measure(tensors: readonly Tensor[], batch: Batch): Measure {
  const { crossEntropy, reconstruction, logits } = evaluation(tensors.map(toArray), images(batch), targets(batch))
  return {
    crossEntropy: crossEntropy.item(),
    logits: read(logits),
    others: { val_reconstruction: reconstruction.item() },
  }
}

/** Returns the outputs of all layers for `batch`: hidden layers, logits, pixels. */
export function layerOutputs(tensors: readonly Tensor[], batch: Batch): readonly Float32Array[] {
  return outputs(tensors.map(toArray), images(batch)).map(read)
}

const evaluation = jit((params: JaxArray[], x: JaxArray, y: JaxArray) => {
  const { hidden, logits, pixels } = forward(params, x.ref)
  for (const unused of hidden) unused.dispose()
  return {
    crossEntropy: crossEntropyOf(nn.logSoftmax(logits.ref, -1), y),
    reconstruction: reconstructionOf(pixels, x),
    logits,
  }
})

const outputs = jit((params: JaxArray[], x: JaxArray) => {
  const { hidden, logits, pixels } = forward(params, x)
  return [...hidden, logits, pixels]
})

function weightedLoss(
  params: JaxArray[],
  x: JaxArray,
  y: JaxArray,
  weights: JaxArray,
): [JaxArray, { terms: JaxArray; logits: JaxArray }] {
  const { hidden, logits, pixels } = forward(params, x.ref)
  for (const unused of hidden) unused.dispose()
  const terms = np.stack([crossEntropyOf(nn.logSoftmax(logits.ref, -1), y), reconstructionOf(pixels, x)])
  return [np.sum(terms.ref.mul(weights)), { terms, logits }]
}

/** Returns the mean squared error over pixels and batch. */
function reconstructionOf(pixels: JaxArray, x: JaxArray): JaxArray {
  return np.mean(np.square(pixels.sub(x)))
}

interface Outputs {
  readonly hidden: readonly JaxArray[]
  readonly logits: JaxArray
  readonly pixels: JaxArray
}

/** Computes one body of rectified layers, and two heads that read its last layer. */
function forward(params: JaxArray[], x: JaxArray): Outputs {
  const first = params.length - 4
  const { hidden, last } = body(params, first, x)
  return { hidden, logits: layer(params, first, last.ref), pixels: layer(params, first + 2, last) }
}
