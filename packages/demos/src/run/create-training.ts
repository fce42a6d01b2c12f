import { type Actuator, floatActuator } from '@hotcb/actuators'
import { createFinetuneTrainer, type FinetuneTrainer } from '../digits/finetune.ts'
import { createMultitaskTrainer } from '../digits/multitask.ts'
import { createDigitsTrainer, type DigitsTrainer } from '../digits/trainer.ts'
import type { DemoConfig, InitialSettings } from './demo-options.ts'

/** A trainer for any config. */
export type AnyTrainer = DigitsTrainer<string>

/** The trainer for a config, and the controls that only this trainer has. */
export interface CreatedTraining {
  readonly trainer: AnyTrainer
  readonly controls: readonly Actuator[]
}

/** Options of a trainer. */
interface TrainingOf {
  readonly config: DemoConfig
  readonly seed: number
  /** The step from which `finetune` trains on new digits; null for other configs. */
  readonly newFrom: number | null
  readonly initial: InitialSettings
}

/** Creates the trainer for a config, with its initial weights. */
export async function createTraining({ config, seed, newFrom, initial }: TrainingOf): Promise<CreatedTraining> {
  if (config === 'multitask') return { trainer: await createMultitaskTrainer({ seed, ...initial }), controls: [] }
  if (config !== 'finetune') return { trainer: await createOneTask(config, seed, initial), controls: [] }
  const trainer = await createFinetuneTrainer(newFrom ?? 0, { seed, ...initial })
  return { trainer, controls: [oldShareControl(trainer)] }
}

/** Returns the control `data.old_share` of a training run on old and new digits: the fraction of old digits in a batch, 0 to 1. */
export function oldShareControl(trainer: FinetuneTrainer): Actuator {
  return floatActuator({
    key: 'data.old_share',
    group: 'data',
    label: 'fraction of old digits in a batch',
    min: 0,
    max: 1,
    get: () => trainer.data.oldShare,
    set: (value) => {
      trainer.data.oldShare = value
    },
  })
}

/** Creates the trainer for a config that only classifies, so that ranks can share its batches. */
export function createOneTask(config: DemoConfig, seed: number, initial: InitialSettings = {}): Promise<DigitsTrainer> {
  return createDigitsTrainer({ seed, ...(config === 'digits-adam' && { optimizer: 'adam' }), ...initial })
}
