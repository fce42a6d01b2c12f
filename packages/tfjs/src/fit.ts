import type { Kernel } from '@hotcb/kernel'
import { checkOptions, type Env, type OptionKeys } from '@hotcb/protocol'

/** The parts of a model that are used. Any `tf.LayersModel` has them. */
export interface StoppableModel {
  stopTraining: boolean
}

/** The current position of training, and additional values to report. */
export interface FitCallbackOptions {
  /** The next step to train, if this continues a training run. @defaultValue 0 */
  readonly step?: number
  /** The run's number of steps, if known. Ramps over a fraction of the run need it. */
  readonly maxSteps?: number
  /** Additional metrics besides those of the batch, such as the learning rate. */
  readonly metrics?: () => Readonly<Record<string, number>>
  /** Other keys of each `env` that callbacks receive, such as the model. */
  readonly env?: Readonly<Record<string, unknown>>
}

const KEYS: OptionKeys<FitCallbackOptions> = { step: true, maxSteps: true, metrics: true, env: true }

/** The losses and metrics that `fit` reports. */
export type FitLogs = Readonly<Record<string, number>>

/** The value for `callbacks` of `model.fit` or `model.fitDataset`. */
export interface FitCallbacks {
  onEpochBegin(epoch: number): Promise<void>
  onBatchEnd(batch: number, logs?: FitLogs): Promise<void>
  onEpochEnd(epoch: number, logs?: FitLogs): Promise<void>
}

/**
 * Creates callbacks with a safe point after every batch (`train_step_end`) and every epoch (`val_epoch_end`) of
 * `model.fit`. A command that stops the run makes `fit` return after the current batch. A pause waits at the same place
 * without blocking the process.
 *
 * Steps are counted over all epochs. Metrics of a batch have the names that `fit` uses (`loss`, `acc`). For an epoch,
 * `val_` metrics keep their names, and the names of means over the batches begin with `epoch_`.
 *
 * @throws TypeError for an unknown option.
 */
export function fitCallbacks(kernel: Kernel, model: StoppableModel, options: FitCallbackOptions = {}): FitCallbacks {
  checkOptions('fitCallbacks', options, KEYS)
  let step = options.step ?? 0
  let epoch = 0

  async function safePoint(at: number, metrics: FitLogs, events: readonly string[]): Promise<void> {
    const { maxSteps } = options
    const env: Env = {
      ...options.env,
      step: at,
      epoch,
      phase: 'train',
      metrics: { ...metrics, ...options.metrics?.() },
      ...(maxSteps !== undefined && { maxSteps }),
    }
    const { stop, rewound } = await kernel.applyAsync(env, events)
    if (stop) model.stopTraining = true
    if (rewound !== null) step = rewound
  }

  return {
    onEpochBegin: async (current) => {
      epoch = current
    },
    onBatchEnd: async (_batch, logs = {}) => {
      const { batch: _place, size: _size, ...metrics } = logs
      const at = step++
      await safePoint(at, metrics, TRAIN_STEP_END)
    },
    onEpochEnd: async (current, logs = {}) => {
      epoch = current
      await safePoint(Math.max(0, step - 1), epochMetrics(logs), VAL_EPOCH_END)
    },
  }
}

const TRAIN_STEP_END: readonly string[] = ['train_step_end']
const VAL_EPOCH_END: readonly string[] = ['val_epoch_end']

// Renames the means over an epoch, which would otherwise replace the batch's value of the same name in the history.
function epochMetrics(logs: FitLogs): FitLogs {
  return Object.fromEntries(
    Object.entries(logs).map(([name, value]) => [name.startsWith('val_') ? name : `epoch_${name}`, value]),
  )
}
