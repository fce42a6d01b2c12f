import { fileURLToPath } from 'node:url'
import { TRAIN_FILE } from '../train-file.ts'
import { KEY_METRIC } from './run-plan.ts'

/** A training run for a launcher. */
export interface LaunchTraining {
  /** One sentence for people. */
  readonly description: string
  /** Program and arguments. */
  readonly argv: readonly string[]
  readonly maxSteps: number
  /** Seconds. */
  readonly stepDelaySeconds: number
  readonly keyMetric: string
  /** The training run writes `hotcb.run.json` itself. */
  readonly writesRun: true
}

/** Returns the built-in training runs of `hotcb launch`, by name. */
export function launchTrainings(): Readonly<Record<'simple' | 'multitask' | 'finetune', LaunchTraining>> {
  const shared = {
    argv: [process.execPath, fileURLToPath(TRAIN_FILE)],
    keyMetric: KEY_METRIC,
    writesRun: true,
  } as const
  return {
    simple: {
      ...shared,
      description: 'A network that learns handwritten digits.',
      maxSteps: 500,
      stepDelaySeconds: 0.15,
    },
    multitask: {
      ...shared,
      description: 'A network that learns to classify and to draw handwritten digits.',
      maxSteps: 800,
      stepDelaySeconds: 0.12,
    },
    finetune: {
      ...shared,
      description: 'A network that learns the digits 0 to 4 and then 5 to 9, and forgets the first ones.',
      maxSteps: 600,
      stepDelaySeconds: 0.12,
    },
  }
}
