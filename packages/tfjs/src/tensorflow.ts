import type * as tfc from '@tensorflow/tfjs-core'

/**
 * The parts of TensorFlow.js that are used. The trainer passes in the library that it imports itself
 * (`@tensorflow/tfjs`, `tfjs-node` or `tfjs-core`), so that there are never two copies.
 */
export type TensorFlow = Pick<
  typeof tfc,
  'addN' | 'div' | 'engine' | 'keep' | 'minimum' | 'mul' | 'scalar' | 'sqrt' | 'square' | 'sum' | 'tidy'
>

/** Gradients for an optimizer, keyed by variable name or as a list. */
export type Gradients = tfc.NamedTensorMap | NamedTensor[]

/** A gradient with the name of its variable. */
export interface NamedTensor {
  name: string
  tensor: tfc.Tensor
}

/** Any optimizer of TensorFlow.js. */
export type TensorFlowOptimizer = tfc.Optimizer
