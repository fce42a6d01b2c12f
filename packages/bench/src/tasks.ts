import {
  createDigitsTrainer,
  createFinetuneTrainer,
  createMultitaskTrainer,
  type DigitsTrainerOptions,
  type OptimizerKind,
} from '@hotcb/demos'
import { corrupt, negativesUntil, onlyFirst, type Task } from './task.ts'

/** Rates at which nothing is wrong: those of the trainer. */
const GOOD: Readonly<Record<OptimizerKind, number>> = { sgd: 0.05, adam: 0.002 }
const GOOD_MULTITASK = 0.003

/** Where the batches become useless, the rate is cut, and the data is exchanged: step numbers. */
const CORRUPT_FROM = 700
const CORRUPT_TO = 711
const CUT_AT = 88
const SWITCH_AT = 700

/** 192 images. */
const FEW_BATCHES = 6

interface Given {
  readonly name: string
  readonly title: string
  readonly optimizer?: OptimizerKind
  readonly lr?: number
  readonly good?: string | null
  readonly more?: Omit<DigitsTrainerOptions, 'seed' | 'optimizer' | 'lr' | 'onBatch'>
  /** Made anew for each training: it may remember batches. */
  readonly onBatch?: () => DigitsTrainerOptions['onBatch']
  readonly spoilt?: Task['spoilt']
}

function digits({
  name,
  title,
  optimizer = 'sgd',
  lr = GOOD[optimizer],
  good = 'good',
  more,
  onBatch,
  spoilt,
}: Given): Task {
  return {
    name,
    title,
    good,
    isGood: good === name,
    hasDataSkip: true,
    create: (seed, factor) => {
      const change = onBatch?.()
      return createDigitsTrainer({
        ...more,
        seed,
        optimizer,
        lr: lr * factor,
        ...(change !== undefined && { onBatch: change }),
      })
    },
    ...(spoilt !== undefined && { spoilt }),
  }
}

/** All tasks, in the order of the table. */
export const TASKS: readonly Task[] = [
  digits({ name: 'good', title: 'SGD, good rate' }),
  digits({ name: 'good-adam', title: 'Adam, good rate', optimizer: 'adam', good: 'good-adam' }),
  digits({ name: 'high', title: 'SGD, rate 30 times too high', lr: 30 * GOOD.sgd }),
  digits({ name: 'low', title: 'SGD, rate 30 times too low', lr: GOOD.sgd / 30 }),
  digits({
    name: 'high-adam',
    title: 'Adam, rate 30 times too high',
    optimizer: 'adam',
    lr: 30 * GOOD.adam,
    good: 'good-adam',
  }),
  digits({
    name: 'plateau',
    title: 'SGD, rate cut to a hundredth after two epochs',
    spoilt: { step: CUT_AT, lr: GOOD.sgd / 100 },
  }),
  digits({
    name: 'overfitting',
    title: 'SGD, 192 training images',
    good: null,
    onBatch: () => onlyFirst(FEW_BATCHES),
  }),
  digits({
    name: 'corrupt',
    title: 'SGD, twelve useless batches in a row',
    onBatch: () => corrupt(CORRUPT_FROM, CORRUPT_TO),
  }),
  digits({
    name: 'switch',
    title: 'SGD, negatives for 700 steps, then the images themselves',
    onBatch: () => negativesUntil(SWITCH_AT),
  }),
  {
    name: 'imbalance',
    title: 'two tasks, one loss a hundred times as heavy',
    good: null,
    isGood: false,
    hasDataSkip: true,
    create: (seed, factor) => createMultitaskTrainer({ seed, lr: GOOD_MULTITASK * factor }),
  },
  {
    name: 'forgetting',
    title: 'digits 0 to 4, then 5 to 9 only',
    good: null,
    isGood: false,
    hasDataSkip: false,
    create: (seed, factor) => createFinetuneTrainer(SWITCH_AT, { seed, lr: GOOD.sgd * factor }),
  },
]
