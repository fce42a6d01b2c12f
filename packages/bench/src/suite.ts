import type { Arm } from './arm.ts'
import type { TaskInfo } from './task.ts'
import { TASKS } from './tasks.ts'
import { type Trained, train } from './train.ts'

/** One training run of a suite. */
export interface SuiteTraining {
  /** The name of the task. */
  readonly task: string
  readonly arm: Arm
  readonly seed: number
  /** The number of steps that may be computed. */
  readonly budget: number
  /** Seconds of a clock that only goes forward. */
  readonly clock: () => number
}

/** Tasks on the same data, and the function that trains them. */
export interface Suite {
  readonly tasks: readonly TaskInfo[]
  train(training: SuiteTraining): Promise<Trained>
}

/** The handwritten digits, trained in this process. */
export const DIGITS: Suite = {
  tasks: TASKS,
  train({ task: name, ...training }) {
    const task = TASKS.find((one) => one.name === name)
    if (task === undefined) throw new RangeError(`\`${name}\` is not a task of the digits`)
    return train({ task, ...training })
  },
}
