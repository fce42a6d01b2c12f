import { createDigitsTrainer, type DigitsTrainerOptions, type OptimizerKind } from '@hotcb/demos'
import type { Task } from './task.ts'

/** Suitable learning rates: the defaults of the trainer. */
export const GOOD_RATE: Readonly<Record<OptimizerKind, number>> = { sgd: 0.05, adam: 0.002 }

/** The differences between the digit tasks. */
export interface DigitsTask {
  readonly name: string
  readonly title: string
  readonly optimizer?: OptimizerKind
  readonly lr?: number
  readonly good?: string | null
  readonly more?: Omit<DigitsTrainerOptions, 'seed' | 'optimizer' | 'lr' | 'onBatch'>
  /** Called for each training run, because the returned function may store batches. */
  readonly onBatch?: () => DigitsTrainerOptions['onBatch']
  readonly spoilt?: Task['spoilt']
  readonly recorded?: Task['recorded']
}

/** Creates a task that trains the classifier of the demo on all digits. */
export function digits({
  name,
  title,
  optimizer = 'sgd',
  lr = GOOD_RATE[optimizer],
  good = 'good',
  more,
  onBatch,
  spoilt,
  recorded,
}: DigitsTask): Task {
  return {
    name,
    title,
    good,
    isGood: good === name,
    hasDataSkip: true,
    create: async (seed, factor) => {
      const change = onBatch?.()
      const own = { ...more, seed, optimizer, lr: lr * factor, ...(change !== undefined && { onBatch: change }) }
      return { trainer: await createDigitsTrainer(own) }
    },
    ...(recorded !== undefined && { recorded }),
    ...(spoilt !== undefined && { spoilt }),
  }
}
