import { type Array as JaxArray, jit, nn, numpy as np, valueAndGrad } from '@jax-js/jax'
import type { Batch } from './batches.ts'
import { crossEntropyOf, flatten, type Gradients, images, type Measure, read, targets, toArray } from './compute.ts'
import type { Tensor } from './network.ts'

export { prepare } from './compute.ts'

/** As of the digits; the terms are those of `MULTITASK_TERMS`. */
export function computeGradients(tensors: readonly Tensor[], batch: Batch, weights: Float32Array): Gradients {
  const [[loss, { terms, logits }], gradients] = lossAndGradients(
    tensors.map(toArray),
    images(batch),
    targets(batch),
    np.array(weights),
  )
  return { loss: loss.item(), terms: [...read(terms)], logits: read(logits), gradients: flatten(tensors, gradients) }
}

/** Cross entropy, reconstruction error and logits of the network on `batch`. */
export function measure(tensors: readonly Tensor[], batch: Batch): Measure {
  const { crossEntropy, reconstruction, logits } = evaluation(tensors.map(toArray), images(batch), targets(batch))
  return {
    crossEntropy: crossEntropy.item(),
    logits: read(logits),
    others: { val_reconstruction: reconstruction.item() },
  }
}

/** The outputs of all layers for `batch`: hidden layers, logits, pixels. */
export function layerOutputs(tensors: readonly Tensor[], batch: Batch): readonly Float32Array[] {
  return outputs(tensors.map(toArray), images(batch)).map(read)
}

const lossAndGradients = jit((params: JaxArray[], x: JaxArray, y: JaxArray, weights: JaxArray) =>
  valueAndGrad(weightedLoss, { hasAux: true })(params, x, y, weights),
)

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

/** Squared error, mean over pixels and batch. */
function reconstructionOf(pixels: JaxArray, x: JaxArray): JaxArray {
  return np.mean(np.square(pixels.sub(x)))
}

interface Outputs {
  readonly hidden: readonly JaxArray[]
  readonly logits: JaxArray
  readonly pixels: JaxArray
}

/** One body of rectified layers, and two heads that read its last one. */
function forward(params: JaxArray[], x: JaxArray): Outputs {
  const hidden: JaxArray[] = []
  let input = x
  for (let index = 0; index + 5 < params.length; index += 2) {
    const output = nn.relu(layer(params, index, input))
    hidden.push(output)
    input = output.ref
  }
  const first = params.length - 4
  return { hidden, logits: layer(params, first, input.ref), pixels: layer(params, first + 2, input) }
}

function layer(params: JaxArray[], index: number, input: JaxArray): JaxArray {
  // The loops around it bound both indices.
  const weight = params[index] as JaxArray
  const bias = params[index + 1] as JaxArray
  return np.matmul(input, weight).add(bias)
}
