import { defaultDevice, init, type Array as JaxArray, jit, nn, numpy as np, valueAndGrad } from '@jax-js/jax'
import { DemoError } from '../errors.ts'
import type { Batch } from './batches.ts'
import { CLASSES, PIXELS } from './data.ts'
import { body, layer } from './layers.ts'
import type { Tensor } from './network.ts'

/** The result of one batch. */
export interface Gradients {
  /** The weighted sum of `terms`. */
  readonly loss: number
  /** Each term's own value, unweighted, in the order of `LOSS_TERMS`. */
  readonly terms: readonly number[]
  /** `size * 10` scores. */
  readonly logits: Float32Array
  /** The gradient of `loss`, as long as all weights together. */
  readonly gradients: Float32Array
}

/** The network's performance on a batch. */
export interface Measure {
  readonly crossEntropy: number
  readonly logits: Float32Array
  /** Additional metrics, by name. */
  readonly others?: Readonly<Record<string, number>>
}

/**
 * Prepares the WebAssembly backend of jax-js, and makes its arithmetic the same on every machine.
 *
 * @throws {@link DemoError} `no-backend` without WebAssembly.
 */
export async function prepare(): Promise<void> {
  provideNavigator()
  const devices = await init('wasm')
  if (!devices.includes('wasm')) throw new DemoError('no-backend', 'jax-js needs WebAssembly, which this system lacks')
  defaultDevice('wasm')
  withoutRelaxedSimd(() => np.array([0, 1]).add(1).dataSync())
}

/**
 * Computes a loss of the network `params`: the weighted sum of its terms, together with the terms and the logits. Consumes its arguments
 * except `params`.
 */
export type WeightedLoss = (
  params: JaxArray[],
  x: JaxArray,
  y: JaxArray,
  weights: JaxArray,
) => [JaxArray, { terms: JaxArray; logits: JaxArray }]

/**
 * Computes the loss, the terms, the logits and the gradients of the network `tensors` on `batch`. `weights` are the weights of the terms.
 */
export type ComputeGradients = (tensors: readonly Tensor[], batch: Batch, weights: Float32Array) => Gradients

/**
 * Returns a function that computes the gradients of a loss. It is compiled once for each set of shapes and shared by all trainers in a
 * process. Loss weights are arguments, so that changing one does not trigger recompilation.
 */
export function gradientsOf(weightedLoss: WeightedLoss): ComputeGradients {
  const lossAndGradients = jit((params: JaxArray[], x: JaxArray, y: JaxArray, weights: JaxArray) =>
    valueAndGrad(weightedLoss, { hasAux: true })(params, x, y, weights),
  )
  return (tensors, batch, weights) => {
    const [[loss, { terms, logits }], gradients] = lossAndGradients(
      tensors.map(toArray),
      images(batch),
      targets(batch),
      np.array(weights),
    )
    return { loss: loss.item(), terms: [...read(terms)], logits: read(logits), gradients: flatten(tensors, gradients) }
  }
}

/** {@link ComputeGradients} with the terms in `LOSS_TERMS`. */
export const computeGradients: ComputeGradients = gradientsOf(weightedLoss)

/** Returns all gradients in one array, in the order of the weights. */
function flatten(tensors: readonly Tensor[], gradients: readonly JaxArray[]): Float32Array {
  const flat = new Float32Array(tensors.reduce((sum, { values }) => sum + values.length, 0))
  let start = 0
  for (const gradient of gradients) {
    const values = read(gradient)
    flat.set(values, start)
    start += values.length
  }
  return flat
}

/** Returns the network's cross entropy (mean over the batch, natural logarithm) and logits on `batch`. */
export function measure(tensors: readonly Tensor[], batch: Batch): Measure {
  const { crossEntropy, logits } = evaluation(tensors.map(toArray), images(batch), targets(batch))
  return { crossEntropy: crossEntropy.item(), logits: read(logits) }
}

/** Returns the outputs of all layers for `batch`, from the first hidden layer to the logits: `size * units` values each. */
export function layerOutputs(tensors: readonly Tensor[], batch: Batch): readonly Float32Array[] {
  return outputs(tensors.map(toArray), images(batch)).map(read)
}

const evaluation = jit((params: JaxArray[], x: JaxArray, y: JaxArray) => {
  const logits = last(forward(params, x))
  return { crossEntropy: crossEntropyOf(nn.logSoftmax(logits.ref, -1), y), logits }
})

const outputs = jit(forward)

function weightedLoss(
  params: JaxArray[],
  x: JaxArray,
  y: JaxArray,
  weights: JaxArray,
): [JaxArray, { terms: JaxArray; logits: JaxArray }] {
  const layers = forward(params, x)
  const logits = last(layers)
  const features = layers[layers.length - 2]
  if (!features) throw new RangeError('a network needs a hidden layer')
  for (const unused of layers.slice(0, -2)) unused.dispose()
  const logProbabilities = nn.logSoftmax(logits.ref, -1)
  // In the order of `LOSS_TERMS`.
  const terms = np.stack([
    crossEntropyOf(logProbabilities.ref, y),
    np.mean(logProbabilities).neg(),
    np.mean(np.square(features)),
  ])
  return [np.sum(terms.ref.mul(weights)), { terms, logits }]
}

export function crossEntropyOf(logProbabilities: JaxArray, y: JaxArray): JaxArray {
  return np.mean(np.sum(logProbabilities.mul(y), -1)).neg()
}

/** Computes one body of rectified layers, and the logits. */
function forward(params: JaxArray[], x: JaxArray): JaxArray[] {
  const head = params.length - 2
  const { hidden, last } = body(params, head, x)
  return [...hidden, layer(params, head, last)]
}

function last(layers: readonly JaxArray[]): JaxArray {
  const logits = layers.at(-1)
  if (!logits) throw new RangeError('a network needs a layer')
  return logits
}

export function toArray({ shape, values }: Tensor): JaxArray {
  return np.array(values, { shape: [...shape] })
}

export function images({ size, images }: Batch): JaxArray {
  return np.array(images, { shape: [size, PIXELS] })
}

export function targets({ size, targets }: Batch): JaxArray {
  return np.array(targets, { shape: [size, CLASSES] })
}

export function read(array: JaxArray): Float32Array {
  return array.dataSync() as Float32Array // Everything here is float32, jax-js's default.
}

// jax-js checks `navigator.userAgent` for a phone; Node has had a navigator since 21.
function provideNavigator(): void {
  if ('navigator' in globalThis) return
  const navigator = { userAgent: `Node.js/${process.versions.node.split('.')[0]}`, hardwareConcurrency: 1 }
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true })
}

// With relaxed SIMD (Node 21 and later) jax-js fuses multiplication and addition, and the rounding depends on the
// processor. It checks for it once, when it compiles its first kernel, and remembers the result. Here the check fails, so that a seed
// yields the same bits with every version of Node on every machine.
function withoutRelaxedSimd(compileFirstKernel: () => void): void {
  // The type describes the part of the global that is used; `lib` does not include the DOM, which would declare it.
  const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: { validate: (bytes: unknown) => boolean } }
  const { validate } = wasm
  wasm.validate = () => false
  try {
    compileFirstKernel()
  } finally {
    wasm.validate = validate
  }
}
