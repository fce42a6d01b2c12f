import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, lossActuators, optimizerActuators } from '@hotcb/actuators'
import type { ApplyResult, Env } from '@hotcb/protocol'
import { exportRecipe, formatRecipe } from '@hotcb/recipe'
import type { Kernel } from '../src/kernel.ts'
import { latestCheckpoint, openKernel } from '../src/node.ts'
import { gadget } from './gadget.ts'
import { command, ledger, runDir } from './run-dir.ts'

/** The number of steps in a story's training run. */
export const STEPS = 60

/** A command of a story; `pause` among them: those after it, up to `resume`, are sent while the loop is paused. */
export type Line = object

export const save = (tag: string, step: number, event?: string): Line => ({
  ...core('checkpoint', { action: 'save', tag }),
  at: { step, ...(event !== undefined && { event }) },
})
export const load = (tag: string, step: number, more: object = {}): Line => ({
  ...core('checkpoint', { action: 'load', tag, ...more }),
  at: { step },
})
export const setLr = (lr: number, step?: number): Line =>
  placed({ module: 'opt', op: 'set_params', params: { lr } }, step)
export const setCe = (ce: number, step?: number): Line =>
  placed({ module: 'loss', op: 'set_params', params: { ce } }, step)
/** Ops of a module that counts the events it receives. */
export const gain = (op: 'load' | 'set_params', value: number, step?: number): Line =>
  placed({ module: 'gad', op, id: 'g', params: { gain: value } }, step)
export const core = (op: string, params: object = {}): Line => ({ module: 'core', op, params })

function placed(line: object, step: number | undefined): Line {
  return step === undefined ? line : { ...line, at: { step } }
}

export interface StoryTrainer {
  readonly kernel: Kernel
  step: number
  /** Values, weights and module state, as text. */
  state(): string
}

export interface StoryOptions {
  /** Calls of `apply` per step: `train_step_end` comes with the first, `val_end` with the last. */
  readonly calls?: number
  readonly withSchedule?: boolean
}

/** A deterministic training run in a run directory, whose every step depends on what was changed before it. */
export function openStory(dir: string, { withSchedule = false }: StoryOptions = {}): StoryTrainer {
  const optimizer = { paramGroups: [{ lr: 0.1, name: 'a' }] }
  const weights: Record<string, number> = { ce: 1 }
  const gad = gadget()
  let x = 1
  const schedule = withSchedule ? { schedule: (step: number) => [0.1 * (0.6 + 0.4 * Math.cos(step / 6))] } : {}
  const train = (): void => {
    const { lr } = optimizer.paramGroups[0] ?? { lr: 0 }
    x = x * (1 - lr / 10) + (weights['ce'] ?? 0) * 0.001 + (gad.state?.heard ?? 0) * 1e-4
  }
  const kernel = openKernel(dir, {
    state: createMutableState(optimizerActuators(optimizer, schedule), lossActuators(weights)),
    lookMs: 0,
    modules: [gad],
    checkpoints: {
      save: ({ dir: folder }) => writeFileSync(join(folder, 'x'), String(x)),
      load({ dir: folder, tag }) {
        x = tag.startsWith('zero') ? 1 : Number(readFileSync(join(folder, 'x'), 'utf8'))
        return tag.startsWith('zero') ? { step: 0 } : undefined
      },
    },
  })
  const checkpoint = latestCheckpoint(dir)
  if (checkpoint !== null) x = Number(readFileSync(join(checkpoint.dir, 'x'), 'utf8'))
  const step = checkpoint?.step ?? 0
  kernel.continueFrom({ step, maxSteps: STEPS }, checkpoint?.snapshot ?? null)
  const state = (): string => JSON.stringify([x, optimizer.paramGroups[0]?.lr, weights, gad.state])
  return { kernel: { ...kernel, apply: (env: Env, events) => applied(env, events) }, step, state }

  function applied(env: Env, events: readonly string[] = []): ApplyResult {
    if (events.includes('train_step_end')) train()
    return kernel.apply(env, events)
  }
}

/** Trains one step. True if it rolled the run back. */
export function trainStep(trainer: StoryTrainer, calls = 1): boolean {
  for (let call = 0; call < calls; call++) {
    const events = [...(call === 0 ? ['train_step_end'] : []), ...(call === calls - 1 ? ['val_end'] : [])]
    const { rewound } = trainer.kernel.apply({ step: trainer.step, maxSteps: STEPS }, events)
    if (rewound !== null) {
      trainer.step = rewound
      return true
    }
  }
  trainer.step++
  return false
}

export function trainToEnd(trainer: StoryTrainer, calls = 1): string {
  while (trainer.step < STEPS) trainStep(trainer, calls)
  return trainer.state()
}

/** Replays a run strictly in a new directory, from its exported recipe. */
export function replayOf(dir: string, options: StoryOptions = {}): string {
  const recipe = exportRecipe(ledger(dir))
  if (!recipe.ok) throw new Error(recipe.reason)
  const copy = runDir()
  writeFileSync(join(copy, 'hotcb.recipe.jsonl'), formatRecipe(recipe.value.entries))
  writeFileSync(join(copy, 'hotcb.freeze.json'), JSON.stringify({ mode: 'replay', policy: 'strict' }))
  const trainer = openStory(copy, options)
  const end = trainToEnd(trainer, options.calls)
  trainer.kernel.close()
  return end
}

/** Commands of a story, sent at once; those between `pause` and `resume` reach the paused loop one by one. */
export function send(dir: string, lines: readonly Line[]): void {
  for (const line of lines) command(dir, line)
}
