import { createDigitsTrainer, type OptimizerKind } from '../../packages/demos/src/index.ts'

/** The result of a training run on the test set. */
export interface Final {
  /** Cross entropy; null if it is not finite. */
  readonly loss: number | null
  readonly accuracy: number
}

/** Trains the digits for `steps` steps at one rate. */
export async function trainConstant(optimizer: OptimizerKind, lr: number, seed: number, steps: number): Promise<Final> {
  const trainer = await createDigitsTrainer({ optimizer, lr, seed })
  for (let step = 0; step < steps; step++) trainer.trainStep(step)
  const { loss, accuracy } = trainer.evaluate()
  trainer.dispose()
  return { loss: Number.isFinite(loss) ? loss : null, accuracy }
}
