// The whole public surface. jax-js is loaded by `createDigitsTrainer`, not by importing this.
export type { Shard } from './digits/batches.ts'
export type { LossTerm, LossTermValues } from './digits/loss-terms.ts'
export { LOSS_TERMS } from './digits/loss-terms.ts'
export type { OptimizerKind, ParamGroup } from './digits/optimizer.ts'
export type { DigitsTrainerOptions } from './digits/options.ts'
export type { DigitsTrainer, Evaluation, StepGradients, StepResult } from './digits/trainer.ts'
export { createDigitsTrainer } from './digits/trainer.ts'
export { DemoError, type DemoErrorCode } from './errors.ts'
