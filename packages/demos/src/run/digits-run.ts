import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Actuator,
  createMutableState,
  lossActuators,
  type MutableState,
  optimizerActuators,
} from '@hotcb/actuators'
import type { CheckpointHandlers } from '@hotcb/kernel/node'
import type { Capabilities, HotModule } from '@hotcb/protocol'
import { openControls } from '@hotcb/runtimectl/node'
import type { Evaluation, StepResult } from '../digits/trainer.ts'
import type { AnyTrainer } from './create-training.ts'
import type { DemoConfig } from './demo-options.ts'

const KEPT_CHECKPOINTS = 3
/** The checkpoint file that contains the trainer's snapshot. */
export const SNAPSHOT_FILE = 'trainer.bin'
const CYCLE_STEPS = 500
const LEAST_SHARE = 0.05

/** Returns the controls of a digits training run. The history is folded from their current values. */
export function digitsState(trainer: AnyTrainer, config: DemoConfig, own: readonly Actuator[] = []): MutableState {
  const base = trainer.optimizer.paramGroups.map((group) => group.lr)
  const schedule = (step: number) => base.map((lr) => lr * cosineWithRestarts(step))
  return createMutableState(
    optimizerActuators(trainer.optimizer, config === 'digits-cosine' ? { schedule } : {}),
    lossActuators(trainer.lossWeights, { terms: trainer.lossTerms }),
    own,
  )
}

/** Loshchilov and Hutter 2017 (SGDR), eq. 5, with cycles of equal length, so that the rate does not depend on the length of the run. */
function cosineWithRestarts(step: number): number {
  const angle = (Math.PI * (step % CYCLE_STEPS)) / CYCLE_STEPS
  return LEAST_SHARE + (1 - LEAST_SHARE) * 0.5 * (1 + Math.cos(angle))
}

/** Returns the functions that save and load a digits training run: exact weights and optimizer memory. */
export function digitsCheckpoints(trainer: AnyTrainer): CheckpointHandlers & {
  load(request: { readonly dir: string }): undefined
} {
  return {
    keep: KEPT_CHECKPOINTS,
    save: ({ dir }) => writeFileSync(join(dir, SNAPSHOT_FILE), trainer.snapshot()),
    load: ({ dir }) => {
      trainer.restore(readFileSync(join(dir, SNAPSHOT_FILE)))
      return undefined
    },
  }
}

/**
 * Returns the functions that can be called during a digits training run: `data.skip FROM TO` skips the data for these steps.
 */
export function digitsControls(trainer: AnyTrainer): HotModule {
  const controls = openControls()
  controls.register('data.skip', (_context, from, to) => trainer.skipData(Number(from), Number(to)), {
    description: 'skip the data for the steps FROM to TO',
  })
  return controls.module()
}

/** Returns the metrics of a step, in the form in which they are written. */
export function stepMetrics(result: StepResult<string>, lr: number): Record<string, number> {
  const metrics: Record<string, number> = {
    train_loss: result.loss,
    accuracy: result.accuracy,
    grad_norm: result.gradNorm,
    lr,
  }
  for (const [term, value] of Object.entries(result.terms)) metrics[`loss/${term}`] = value
  for (const [source, count] of Object.entries(result.samples)) metrics[`samples/${source}`] = count
  return metrics
}

/** Returns the metrics of an evaluation on the test part. */
export function testMetrics({ loss, accuracy, others }: Evaluation): Record<string, number> {
  return { val_loss: loss, val_accuracy: accuracy, ...others }
}

/** Returns the trainer's abilities, for `hotcb.capabilities.json`. */
export function digitsCapabilities(trainer: AnyTrainer, config: DemoConfig): Capabilities {
  const { kind, paramGroups } = trainer.optimizer
  const terms = Object.keys(trainer.lossWeights)
  const losses = terms.map((term) => `loss/${term}`)
  return {
    framework: 'jax-js',
    num_optimizers: 1,
    optimizer_names: [kind === 'sgd' ? 'SGD' : 'Adam'],
    num_param_groups: [paramGroups.length],
    has_scheduler: config === 'digits-cosine',
    scheduler_types: config === 'digits-cosine' ? ['CosineAnnealingWarmRestarts'] : [],
    grad_accumulation_steps: 1,
    automatic_optimization: true,
    mutable_state_detected: true,
    mutable_state_keys: terms,
    grad_clip_value: null,
    grad_clip_wired: true,
    metric_names: ['train_loss', 'accuracy', 'grad_norm', 'lr', ...losses, 'val_loss', 'val_accuracy'],
  }
}
