import { fileURLToPath } from 'node:url'
import { TRAIN_FILE } from '../train-file.ts'
import { KEY_METRIC } from './run-plan.ts'

/** A training for a launcher. */
export interface LaunchTraining {
  /** One sentence for people. */
  readonly description: string
  /** Program and arguments. */
  readonly argv: readonly string[]
  readonly maxSteps: number
  /** Seconds. */
  readonly stepDelay: number
  readonly keyMetric: string
  /** It writes `hotcb.run.json` itself. */
  readonly writesRun: true
}

/** The built-in trainings of `hotcb launch`, by name. */
export function launchTrainings(): Readonly<Record<'simple', LaunchTraining>> {
  const shared = {
    argv: [process.execPath, fileURLToPath(TRAIN_FILE)],
    keyMetric: KEY_METRIC,
    writesRun: true,
  } as const
  return {
    simple: { ...shared, description: 'A network that learns handwritten digits.', maxSteps: 500, stepDelay: 0.15 },
  }
}
