import { CLASSES, PIXELS } from './data.ts'
import type { Model } from './model.ts'
import { createNetwork } from './network.ts'
import type { TrainerOptions } from './options.ts'
import { createTrainer, type DigitsTrainer } from './trainer.ts'

/**
 * The terms of the loss of two tasks.
 *
 * - `classification`: cross entropy of the right class, mean over the batch.
 * - `reconstruction`: squared error, mean over pixels and batch.
 */
export type MultitaskTerm = 'classification' | 'reconstruction'

/** Both, in the order in which their weights go into the compiled loss. */
export const MULTITASK_TERMS: readonly MultitaskTerm[] = ['classification', 'reconstruction']

/** Learns which digit an image shows, and to draw it again, with one body of hidden layers. */
export type MultitaskTrainer = DigitsTrainer<MultitaskTerm>

/** At the start the body works for the pixels: the digits are learned late until this weight is lowered. */
const FIRST_WEIGHTS = { classification: 1, reconstruction: 100 }

const MULTITASK: Model<MultitaskTerm> = {
  terms: MULTITASK_TERMS,
  lossWeights: FIRST_WEIGHTS,
  heads: ['logits', 'pixels'],
  groups: ['body', 'classifier', 'decoder'],
  network: (hidden, seed) => createNetwork([PIXELS, ...hidden, CLASSES], seed, [PIXELS]),
  load: () => import('./compute-multitask.ts'),
}

/** As `createDigitsTrainer`, with two tasks. @throws The same. */
export function createMultitaskTrainer(options: TrainerOptions<MultitaskTerm> = {}): Promise<MultitaskTrainer> {
  return createTrainer(MULTITASK, { hidden: [64, 16], optimizer: 'adam', lr: 0.003, ...options })
}
