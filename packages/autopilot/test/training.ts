import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import type { Kernel } from '@hotcb/kernel'
import { latestCheckpoint, openKernel } from '@hotcb/kernel/node'
import { type AutopilotLine, type HotModule, type LedgerLine, readAutopilotLine, readLedgerLine } from '@hotcb/protocol'
import { onTestFinished } from 'vitest'
import type { AutopilotLog } from '../src/index.ts'

/** A run directory for one test. */
export function runDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-autopilot-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

export interface TrainingOptions {
  readonly lr: number
  readonly modules?: readonly HotModule[]
  readonly maxSteps?: number
  /** Continue from the newest checkpoint. */
  readonly isContinued?: boolean
  /** A trainer that saves nothing. */
  readonly hasCheckpoints?: boolean
  /** A trainer that can save checkpoints but cannot load them. */
  readonly canLoad?: boolean
  /** Called at each save, with the folder of the checkpoint. */
  readonly onSave?: (dir: string) => void
  /** The interval in steps at which `val_loss` is reported, at a separate safe point. @defaultValue with each step */
  readonly valEvery?: number
  /** The noise that is added to the reported loss, by step. */
  readonly noise?: (step: number) => number
}

export interface Training {
  readonly kernel: Kernel
  readonly weights: readonly number[]
  readonly lr: number
  /** The next step to run. */
  readonly step: number
  /** Runs a number of steps, even if some are undone; a pause ends it. */
  train(steps: number): void
}

const CURVATURE = [1, 0.3, 0.05]

/** Gradient descent on a parabola: it diverges at rates above 2. The results are bit-identical on every machine. */
export function openTraining(dir: string, options: TrainingOptions): Training {
  const { modules = [], maxSteps = 1000, hasCheckpoints = true } = options
  const optimizer = { paramGroups: [{ name: 'all', lr: options.lr, weightDecay: 0 }] }
  let weights = [1, -1, 2]
  const checkpoints = {
    save({ dir: to }: { dir: string }) {
      writeFileSync(join(to, 'weights.json'), JSON.stringify(weights))
      options.onSave?.(to)
    },
    load({ dir: from }: { dir: string }) {
      weights = JSON.parse(readFileSync(join(from, 'weights.json'), 'utf8'))
    },
  }
  const kernel = openKernel(dir, {
    state: createMutableState(optimizerActuators(optimizer, { lrBounds: [1e-6, 100] })),
    ...(hasCheckpoints && { checkpoints: options.canLoad === false ? { save: checkpoints.save } : checkpoints }),
    modules,
    lookMs: 0,
    sleep: {},
  })
  const from = options.isContinued === true ? latestCheckpoint(dir) : null
  if (from !== null) checkpoints.load(from)
  let step = from?.step ?? 0
  kernel.continueFrom({ step, maxSteps }, from?.snapshot)
  return {
    kernel,
    get weights() {
      return weights
    },
    get lr() {
      return optimizer.paramGroups[0]?.lr ?? Number.NaN
    },
    get step() {
      return step
    },
    train(steps) {
      for (let i = 0; i < steps; i++) {
        const loss = weights.reduce((sum, x, at) => sum + 0.5 * (CURVATURE[at] ?? 0) * x * x, 0)
        const lr = optimizer.paramGroups[0]?.lr ?? 0
        weights = weights.map((x, at) => x - lr * (CURVATURE[at] ?? 0) * x)
        const { noise, valEvery } = options
        const trained = { train_loss: loss + (noise?.(step) ?? 0) }
        const metrics = valEvery === undefined ? { ...trained, val_loss: loss } : trained
        let result = kernel.apply({ step, maxSteps, metrics }, ['train_step_end'])
        const isValidated = valEvery !== undefined && (step + 1) % valEvery === 0 && result.rewound === null
        if (isValidated) result = kernel.apply({ step, maxSteps, metrics: { val_loss: loss } }, ['val_epoch_end'])
        step = result.rewound ?? step + 1
        if (result.paused || result.stop) return
      }
    },
  }
}

export function ledger(dir: string): LedgerLine[] {
  return linesOf(join(dir, 'hotcb.applied.jsonl')).map((value) => {
    const read = readLedgerLine(value)
    if (!read.ok) throw new Error(read.reason)
    return read.value
  })
}

/** The autopilot's commands, without its checkpoints. */
export function asked(dir: string): readonly string[] {
  return ledger(dir).flatMap(({ cid, module, op, params, decision }) =>
    cid?.startsWith('ap-a') === true ? [`${cid} ${module} ${op} ${JSON.stringify(params)} ${decision}`] : [],
  )
}

function linesOf(path: string): unknown[] {
  if (!existsSync(path)) return []
  const whole = readFileSync(path, 'utf8').split('\n').filter(Boolean)
  return whole.map((line) => JSON.parse(line))
}

/** A log in memory that outlives the process that a test simulates. */
export interface KeptLog {
  readonly lines: AutopilotLine[]
  open(): AutopilotLog
}

export function keptLog(): KeptLog {
  const lines: AutopilotLine[] = []
  let n = 0
  return {
    lines,
    open() {
      n++
      return {
        n,
        past: [...lines],
        append(more) {
          for (const line of more) {
            const read = readAutopilotLine(JSON.parse(JSON.stringify(line)))
            if (!read.ok) throw new Error(read.reason)
            lines.push(read.value)
          }
          return true
        },
        close: () => undefined,
      }
    },
  }
}

/** `action tag` for each checkpoint command that was applied. */
export function checkpointsOf(dir: string): readonly string[] {
  return ledger(dir).flatMap(({ op, params, decision }) =>
    op === 'checkpoint' && decision === 'applied' ? [`${params?.['action']} ${params?.['tag']}`] : [],
  )
}
