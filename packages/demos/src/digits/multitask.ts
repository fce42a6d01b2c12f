import { CLASSES, PIXELS } from './data.ts'
import type { Model } from './model.ts'
import { createNetwork } from './network.ts'
import type { TrainerOptions } from './options.ts'
import { createTrainer, type DigitsTrainer } from './trainer.ts'

/**
 * The loss terms for two tasks.
 *
 * - `classification`: cross entropy of the correct class, averaged over the batch.
 * - `reconstruction`: squared error, averaged over pixels and batch.
 */
export type MultitaskTerm = 'classification' | 'reconstruction'

/** Both terms, in the order in which their weights are passed to the compiled loss. */
export const MULTITASK_TERMS: readonly MultitaskTerm[] = ['classification', 'reconstruction']

/** A trainer with one body of hidden layers that learns to classify and to reconstruct the digits. */
export type MultitaskTrainer = DigitsTrainer<MultitaskTerm>

/**
 * At the start, the body mainly serves the reconstruction. The digits are learned slowly until the weight of `reconstruction` is lowered.
 */
const FIRST_WEIGHTS = { classification: 1, reconstruction: 100 }

const MULTITASK: Model<MultitaskTerm> = {
  terms: MULTITASK_TERMS,
  lossWeights: FIRST_WEIGHTS,
  heads: ['logits', 'pixels'],
  groups: ['body', 'classifier', 'decoder'],
  network: (hidden, seed) => createNetwork([PIXELS, ...hidden, CLASSES], seed, [PIXELS]),
  load: () => import('./compute-multitask.ts'),
}

/** Like `createDigitsTrainer`, with two tasks. @throws The same errors. */
export function createMultitaskTrainer(options: TrainerOptions<MultitaskTerm> = {}): Promise<MultitaskTrainer> {
  return createTrainer(MULTITASK, { hidden: [64, 16], optimizer: 'adam', lr: 0.003, ...options })
}
