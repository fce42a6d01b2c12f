import type * as tfc from '@tensorflow/tfjs-core'

/**
 * What is used of TensorFlow.js. The trainer passes in the library that it imports itself (`@tensorflow/tfjs`,
 * `tfjs-node` or `tfjs-core`), so that there never are two of them.
 */
export type TensorFlow = Pick<
  typeof tfc,
  'addN' | 'div' | 'engine' | 'keep' | 'minimum' | 'mul' | 'scalar' | 'sqrt' | 'square' | 'sum' | 'tidy'
>

/** Gradients as an optimizer takes them: by the name of the variable, or in a list. */
export type Gradients = tfc.NamedTensorMap | NamedTensor[]

/** A gradient with the name of its variable. */
export interface NamedTensor {
  name: string
  tensor: tfc.Tensor
}

/** Any optimizer of TensorFlow.js. */
export type TensorFlowOptimizer = tfc.Optimizer
