import type { OptimizerKind } from '@hotcb/demos'
import type { TaskInfo } from '../task.ts'

/** A training on CIFAR-10. */
export interface CifarTask extends TaskInfo {
  readonly optimizer: OptimizerKind
  readonly lr: number
}

const GOOD = { sgd: 0.02, adam: 0.001 } as const

/** All of them, in the order of the table. */
export const CIFAR_TASKS: readonly CifarTask[] = [
  { name: 'good', title: 'SGD, good rate', good: 'good', isGood: true, optimizer: 'sgd', lr: GOOD.sgd },
  {
    name: 'high',
    title: 'SGD, rate 10 times too high',
    good: 'good',
    isGood: false,
    optimizer: 'sgd',
    lr: 10 * GOOD.sgd,
  },
  {
    name: 'low',
    title: 'SGD, rate 30 times too low',
    good: 'good',
    isGood: false,
    optimizer: 'sgd',
    lr: GOOD.sgd / 30,
  },
  { name: 'good-adam', title: 'Adam, good rate', good: 'good-adam', isGood: true, optimizer: 'adam', lr: GOOD.adam },
  {
    name: 'high-adam',
    title: 'Adam, rate 10 times too high',
    good: 'good-adam',
    isGood: false,
    optimizer: 'adam',
    lr: 10 * GOOD.adam,
  },
]
