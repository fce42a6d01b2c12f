import { errnoOf } from '@hotcb/journal'
import { messageOf } from '@hotcb/protocol'
import { DemoError } from '../errors.ts'
import type { Batch } from './batches.ts'
import type { Gradients, Measure } from './compute.ts'
import type { ValuesOf } from './loss-terms.ts'
import type { Network, Tensor } from './network.ts'

/** A kind of network, and the weighted sum that it minimizes. */
export interface Model<Term extends string> {
  /** The loss terms, in the order in which their weights are passed to the compiled loss. */
  readonly terms: readonly Term[]
  /** Their weights at the start. */
  readonly lossWeights: Readonly<ValuesOf<Term>>
  /** The names of the output layers. */
  readonly heads: readonly string[]
  /** Names of the parameter groups: the hidden layers, then each output layer. */
  readonly groups: readonly string[]
  network(hidden: readonly number[], seed: number): Network
  /** Loads jax-js, which takes a few tens of milliseconds. */
  load(): Promise<Compute>
}

/** A model's compiled functions. */
export interface Compute {
  prepare(): Promise<void>
  computeGradients(tensors: readonly Tensor[], batch: Batch, weights: Float32Array): Gradients
  measure(tensors: readonly Tensor[], batch: Batch): Measure
  layerOutputs(tensors: readonly Tensor[], batch: Batch): readonly Float32Array[]
}

/**
 * Loads a model's compiled functions. jax-js is an optional dependency: only the demos need it.
 *
 * @throws {@link DemoError} `no-backend` if jax-js is not installed.
 */
export async function loadCompute(model: Pick<Model<string>, 'load'>): Promise<Compute> {
  try {
    return await model.load()
  } catch (error) {
    if (!isMissing(error)) throw error
    throw new DemoError('no-backend', 'the demos need the package `@jax-js/jax`: `npm install @jax-js/jax` adds it', {
      cause: error,
    })
  }
}

function isMissing(error: unknown): boolean {
  return errnoOf(error) === 'ERR_MODULE_NOT_FOUND' && messageOf(error).includes('@jax-js/jax')
}
