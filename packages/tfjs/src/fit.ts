import type { Kernel } from '@hotcb/kernel'
import { checkOptions, type Env, type OptionKeys } from '@hotcb/protocol'

/** The required parts of a model: any `tf.LayersModel`. */
export interface StoppableModel {
  stopTraining: boolean
}

/** The position of the training, and additional values to report. */
export interface FitCallbackOptions {
  /** The next step to train, when a training run continues. @defaultValue 0 */
  readonly step?: number
  /** The number of steps of the run, if known: ramps by fraction need it. */
  readonly maxSteps?: number
  /** Metrics in addition to those of the batch, such as the learning rate. */
  readonly metrics?: () => Readonly<Record<string, number>>
  /** Other keys of every env, such as the model, for callbacks. */
  readonly env?: Readonly<Record<string, unknown>>
}

const KEYS: OptionKeys<FitCallbackOptions> = { step: true, maxSteps: true, metrics: true, env: true }

/** Losses and metrics as `fit` reports them. */
export type FitLogs = Readonly<Record<string, number>>

/** The value for `callbacks` of `model.fit` or `model.fitDataset`. */
export interface FitCallbacks {
  onEpochBegin(epoch: number): Promise<void>
  onBatchEnd(batch: number, logs?: FitLogs): Promise<void>
  onEpochEnd(epoch: number, logs?: FitLogs): Promise<void>
}

/**
 * A safe point after every batch (`train_step_end`) and every epoch (`val_epoch_end`) of `model.fit`. A command that
 * stops the run ends `fit` after its batch; a pause stops it there without blocking the process.
 *
 * Steps are counted over all epochs. Metrics of a batch have the names of `fit` (`loss`, `acc`); for an epoch, `val_`
 * metrics keep their names and the means over the batches begin with `epoch_`.
 *
 * @throws TypeError for an option that does not exist.
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

// A mean over the epoch under the name of the batch's value would replace it in the history.
function epochMetrics(logs: FitLogs): FitLogs {
  return Object.fromEntries(
    Object.entries(logs).map(([name, value]) => [name.startsWith('val_') ? name : `epoch_${name}`, value]),
  )
}
