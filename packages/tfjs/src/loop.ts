import type { Kernel } from '@hotcb/kernel'
import { checkOptions, describeShape, type OptionKeys } from '@hotcb/protocol'
import type { Scalar } from '@tensorflow/tfjs-core'

/** The options of a bare loop. */
export interface TrainLoopOptions {
  /** The next step to train, if this continues a training run. @defaultValue 0 */
  readonly step?: number
  /** The total number of steps. The loop finishes before the step with this number. */
  readonly maxSteps: number
  /** Trains one step and returns its metrics. Scalars are read and disposed. */
  train(step: number): TrainedStep | Promise<TrainedStep>
  /** Returns the events of a step. @defaultValue only `train_step_end` */
  events?(step: number): readonly string[]
  /** Other keys of each `env` that callbacks receive, such as the model. */
  readonly env?: Readonly<Record<string, unknown>>
}

/** Metrics of a step, by name. */
export type TrainedStep = Readonly<Record<string, number | Scalar>>

/** How a loop ended. */
export interface TrainLoopEnd {
  /** The next step that would be trained. */
  readonly step: number
  /** Whether a command ended it before `maxSteps`. */
  readonly stopped: boolean
}

/**
 * Runs your own training steps, with a safe point after each. The loop stops on command, pauses without blocking the process, and
 * returns to the checkpoint's step when a checkpoint is loaded.
 *
 * @throws TypeError for an unknown option, and for an invalid `step`, `maxSteps` or `train`.
 */
export async function trainLoop(kernel: Kernel, options: TrainLoopOptions): Promise<TrainLoopEnd> {
  checkLoop(options)
  const { maxSteps, train, env } = options
  const eventsOf = options.events ?? ((): readonly string[] => TRAIN_STEP_END)
  let step = options.step ?? 0
  while (step < maxSteps) {
    const metrics = await readMetrics(await train(step))
    const { stop, rewound } = await kernel.applyAsync({ ...env, step, maxSteps, metrics }, eventsOf(step))
    step = rewound ?? step + 1
    if (stop) return { step, stopped: true }
  }
  return { step, stopped: false }
}

const TRAIN_STEP_END: readonly string[] = ['train_step_end']

const KEYS: OptionKeys<TrainLoopOptions> = { step: true, maxSteps: true, train: true, events: true, env: true }

// Checks the options, because without `maxSteps` the loop would silently train no step.
function checkLoop(options: TrainLoopOptions): void {
  checkOptions('trainLoop', options, KEYS)
  const { step = 0, maxSteps, train } = options
  for (const [name, value] of Object.entries({ step, maxSteps })) {
    if (Number.isSafeInteger(value) && value >= 0) continue
    throw new TypeError(`\`${name}\` of \`trainLoop\` must be a whole number >= 0, got ${describeShape(value)}`)
  }
  if (typeof train !== 'function') {
    throw new TypeError(`\`train\` of \`trainLoop\` must be a function, got ${describeShape(train)}`)
  }
}

async function readMetrics(trained: TrainedStep): Promise<Record<string, number>> {
  const metrics: Record<string, number> = {}
  for (const [name, value] of Object.entries(trained)) {
    if (typeof value === 'number') metrics[name] = value
    else {
      const [number = Number.NaN] = await value.data()
      metrics[name] = number
      value.dispose()
    }
  }
  return metrics
}
