import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, lossActuators, type MutableState, optimizerActuators } from '@hotcb/actuators'
import type { Kernel } from '@hotcb/kernel'
import { latestCheckpoint, openKernel } from '@hotcb/kernel/node'
import type { HotModule } from '@hotcb/protocol'
import { openTuner, type TwinRequest, type TwinStep } from '../src/node.ts'

/** The number of steps in an epoch. */
export const EPOCH = 10

/** A training run that a test can inspect and disturb. */
export interface Training {
  readonly state: MutableState
  readonly lr: number
  excess: number
  step(step: number): number
  val(step: number): number
  save(): string
  load(text: string): void
}

/**
 * A training run with its own state: its loss falls faster at a higher rate, and explodes above a rate of
 * 0.4. Its noise is a function of the step, so that the same changes give the same losses bit for bit.
 */
export function createTraining(): Training {
  const optimizer = { paramGroups: [{ name: 'all', lr: 0.01, weightDecay: 0, momentum: 0.9, clipNorm: 0 }] }
  const weights = { ce: 1 }
  let excess = 2
  const wave = (step: number): number => 1 + 0.004 * Math.sin(step * 2.399)
  return {
    state: createMutableState(optimizerActuators(optimizer), lossActuators(weights)),
    get lr() {
      return optimizer.paramGroups[0]?.lr ?? 0
    },
    get excess() {
      return excess
    },
    set excess(value: number) {
      excess = value
    },
    step(step: number): number {
      const { lr = 0 } = optimizer.paramGroups[0] ?? {}
      excess *= lr > 0.4 ? 1.6 : 1 - lr * 0.5
      return (0.05 + excess) * wave(step)
    },
    val: (step: number): number => (0.06 + excess) * wave(step + 0.5),
    save: () => JSON.stringify({ excess }),
    load(text: string) {
      excess = JSON.parse(text).excess
    },
  }
}

export interface Attempt {
  readonly dir: string
  readonly until: number
  readonly total?: number
  readonly modules?: readonly HotModule[]
  readonly checkpoints?: boolean
  readonly before?: (step: number, kernel: Kernel, training: Training) => void
  /** Called after each step, before the safe point. */
  readonly onLoss?: (step: number, loss: number) => void
  /** Steps between two checkpoints. */
  readonly saveEvery?: number
  /** End without closing, as a kill does. */
  readonly isKilled?: boolean
}

/** The result of a training run. */
export interface Trained {
  readonly losses: ReadonlyMap<number, number>
  readonly lr: number
  readonly step: number
  /** The messages that the kernel logged. */
  readonly notes: readonly string[]
}

/** Trains from the newest checkpoint, or from the start. Returns the last loss of each step, by step. */
export function train({ dir, until, total = 600, ...options }: Attempt): Trained {
  const {
    modules = [openTuner(dir, { mode: 'active' })],
    checkpoints = true,
    before,
    onLoss,
    saveEvery,
    isKilled = false,
  } = options
  const training = createTraining()
  const notes: string[] = []
  const kernel = openKernel(dir, {
    state: training.state,
    modules: [...modules],
    lookMs: 0,
    log: (line) => notes.push(line),
    ...(checkpoints && {
      checkpoints: {
        save: ({ dir: folder }) => writeFileSync(join(folder, 'state.json'), training.save()),
        load: ({ dir: folder }) => {
          training.load(readFileSync(join(folder, 'state.json'), 'utf8'))
        },
      },
    }),
  })
  const checkpoint = checkpoints ? latestCheckpoint(dir) : null
  if (checkpoint !== null) training.load(readFileSync(join(checkpoint.dir, 'state.json'), 'utf8'))
  const losses = new Map<number, number>()
  let step = checkpoint?.step ?? 0
  kernel.continueFrom({ step, maxSteps: total }, checkpoint?.snapshot)
  let computed = 0
  while (step < until && computed++ < 5 * total) {
    before?.(step, kernel, training)
    const loss = training.step(step)
    losses.set(step, loss)
    onLoss?.(step, loss)
    const isEpoch = (step + 1) % EPOCH === 0
    if (saveEvery !== undefined && (step + 1) % saveEvery === 0) {
      kernel.submit({ module: 'core', op: 'checkpoint', params: { action: 'save' }, source: 'trainer' })
    }
    const metrics = { train_loss: loss, ...(isEpoch && { val_loss: training.val(step) }) }
    const { rewound } = kernel.apply({ step, maxSteps: total, metrics }, isEpoch ? ['step', 'val_epoch_end'] : ['step'])
    step = rewound ?? step + 1
  }
  if (!isKilled) kernel.close()
  const thrown = notes.find((note) => note.includes(' threw'))
  if (thrown !== undefined) throw new Error(thrown)
  return { losses, lr: training.lr, step, notes }
}

/** Repeats steps of the training run from a checkpoint; `onStep` is called before each step. */
export function trainAgain(
  { checkpoint, ops, steps }: TwinRequest,
  onStep?: (index: number) => void,
): readonly TwinStep[] {
  const copy = createTraining()
  copy.load(readFileSync(join(checkpoint.dir, 'state.json'), 'utf8'))
  for (const op of ops) {
    const outcome = copy.state.apply({ ...op, id: 'main' }, { step: checkpoint.step, total: null })
    if (!outcome.ok) throw new Error(outcome.error)
  }
  return Array.from({ length: steps }, (_, index): TwinStep => {
    onStep?.(index)
    const step = checkpoint.step + index
    const loss = copy.step(step)
    return { step, metrics: { train_loss: loss, ...((step + 1) % EPOCH === 0 && { val_loss: copy.val(step) }) } }
  })
}
