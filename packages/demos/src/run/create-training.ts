import { type Actuator, floatActuator } from '@hotcb/actuators'
import { createFinetuneTrainer, type FinetuneTrainer } from '../digits/finetune.ts'
import { createMultitaskTrainer } from '../digits/multitask.ts'
import { createDigitsTrainer, type DigitsTrainer } from '../digits/trainer.ts'
import type { DemoConfig, InitialSettings } from './demo-options.ts'

/** A trainer of any config. */
export type AnyTrainer = DigitsTrainer<string>

/** The trainer of a config, and the controls that only it has. */
export interface CreatedTraining {
  readonly trainer: AnyTrainer
  readonly controls: readonly Actuator[]
}

/** Options of a trainer. */
interface TrainingOf {
  readonly config: DemoConfig
  readonly seed: number
  /** Of `finetune`. */
  readonly newFrom: number | null
  readonly initial: InitialSettings
}

/** Creates the trainer of a config with its starting weights. */
export async function createTraining({ config, seed, newFrom, initial }: TrainingOf): Promise<CreatedTraining> {
  if (config === 'multitask') return { trainer: await createMultitaskTrainer({ seed, ...initial }), controls: [] }
  if (config !== 'finetune') return { trainer: await createOneTask(config, seed, initial), controls: [] }
  const trainer = await createFinetuneTrainer(newFrom ?? 0, { seed, ...initial })
  return { trainer, controls: [oldShareControl(trainer)] }
}

/** The control `data.old_share` of a training run on old and new digits: the share of old ones in a batch, 0 to 1. */
export function oldShareControl(trainer: FinetuneTrainer): Actuator {
  return floatActuator({
    key: 'data.old_share',
    group: 'data',
    label: 'share of old digits in a batch',
    min: 0,
    max: 1,
    get: () => trainer.data.oldShare,
    set: (value) => {
      trainer.data.oldShare = value
    },
  })
}

/** The trainer of a config that only classifies: ranks can share its batches. */
export function createOneTask(config: DemoConfig, seed: number, initial: InitialSettings = {}): Promise<DigitsTrainer> {
  return createDigitsTrainer({ seed, ...(config === 'digits-adam' && { optimizer: 'adam' }), ...initial })
}
