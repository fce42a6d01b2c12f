import type { OptimizerKind } from '@hotcb/demos'
import type { TaskInfo } from '../task.ts'

/** A training run on CIFAR-10. */
export interface CifarTask extends TaskInfo {
  readonly optimizer: OptimizerKind
  readonly lr: number
}

const GOOD = { sgd: 0.02, adam: 0.001 } as const

/** All tasks, in the order of the table. Their names differ from those of the digits, because one file of rows may contain both. */
export const CIFAR_TASKS: readonly CifarTask[] = [
  { name: 'cifar10-good', title: 'SGD, good rate', good: 'cifar10-good', isGood: true, optimizer: 'sgd', lr: GOOD.sgd },
  {
    name: 'cifar10-high',
    title: 'SGD, rate 10 times too high',
    good: 'cifar10-good',
    isGood: false,
    optimizer: 'sgd',
    lr: 10 * GOOD.sgd,
  },
  {
    name: 'cifar10-low',
    title: 'SGD, rate 30 times too low',
    good: 'cifar10-good',
    isGood: false,
    optimizer: 'sgd',
    lr: GOOD.sgd / 30,
  },
  {
    name: 'cifar10-good-adam',
    title: 'Adam, good rate',
    good: 'cifar10-good-adam',
    isGood: true,
    optimizer: 'adam',
    lr: GOOD.adam,
  },
  {
    name: 'cifar10-high-adam',
    title: 'Adam, rate 10 times too high',
    good: 'cifar10-good-adam',
    isGood: false,
    optimizer: 'adam',
    lr: 10 * GOOD.adam,
  },
]
