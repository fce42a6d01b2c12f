import { createFinetuneTrainer, createMultitaskTrainer } from '@hotcb/demos'
import { CASES } from './cases.ts'
import { digits, GOOD_RATE } from './digits-task.ts'
import { corrupt, negativesUntil, onlyFirst, type Task } from './task.ts'

const GOOD_MULTITASK = 0.003

/** The steps at which the batches become useless, the rate is cut, and the data changes. */
const CORRUPT_FROM = 700
const CORRUPT_TO = 711
const CUT_AT = 88
const SWITCH_AT = 700

/** 192 images. */
const FEW_BATCHES = 6

/** All tasks, in the order of the table. */
export const TASKS: readonly Task[] = [
  digits({ name: 'good', title: 'SGD, good rate' }),
  digits({ name: 'good-adam', title: 'Adam, good rate', optimizer: 'adam', good: 'good-adam' }),
  digits({ name: 'high', title: 'SGD, rate 30 times too high', lr: 30 * GOOD_RATE.sgd }),
  digits({ name: 'low', title: 'SGD, rate 30 times too low', lr: GOOD_RATE.sgd / 30 }),
  digits({
    name: 'high-adam',
    title: 'Adam, rate 30 times too high',
    optimizer: 'adam',
    lr: 30 * GOOD_RATE.adam,
    good: 'good-adam',
  }),
  digits({
    name: 'plateau',
    title: 'SGD, rate cut to a hundredth after two epochs',
    spoilt: { step: CUT_AT, lr: GOOD_RATE.sgd / 100 },
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
    title: 'SGD, inverted images for 700 steps, then the originals',
    onBatch: () => negativesUntil(SWITCH_AT),
  }),
  {
    name: 'imbalance',
    title: 'two tasks, one loss weighted a hundred times as heavily',
    good: null,
    isGood: false,
    hasDataSkip: true,
    create: async (seed, factor) => ({
      trainer: await createMultitaskTrainer({ seed, lr: GOOD_MULTITASK * factor }),
    }),
  },
  {
    name: 'forgetting',
    title: 'digits 0 to 4, then 5 to 9 only',
    good: null,
    isGood: false,
    hasDataSkip: false,
    create: async (seed, factor) => ({
      trainer: await createFinetuneTrainer(SWITCH_AT, { seed, lr: GOOD_RATE.sgd * factor }),
    }),
  },
  ...CASES,
]
