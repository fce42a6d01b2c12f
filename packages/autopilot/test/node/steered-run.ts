import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { type CheckpointHandlers, openKernel } from '@hotcb/kernel/node'
import { type JsonObject, type LedgerLine, readLedgerLine, runFiles } from '@hotcb/protocol'
import { openHold, openRun, type Run } from '@hotcb/run/node'
import { onTestFinished } from 'vitest'

/** A run with a real kernel in this process, which a test advances step by step. */
export interface SteeredRun {
  readonly dir: string
  readonly run: Run
  /** Runs one step, in which the kernel reads new commands. During a pause it only reads the commands. */
  step(): void
  readonly isPaused: boolean
  /** The next step to run. */
  readonly next: number
  /** Ends the trainer. */
  stop(): void
  /** Ends the trainer, and starts another one that continues, with other checkpoints if given. */
  restart(checkpoints?: CheckpointHandlers): void
  ledger(): readonly LedgerLine[]
  rate(): number
}

export function temporaryDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-autopilot-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Without `checkpoints` the trainer saves none. */
export function steeredRun({
  lr = 0.05,
  checkpoints,
  hasBegun = true,
}: {
  readonly lr?: number
  readonly checkpoints?: CheckpointHandlers
  /** Whether the first step has run. */
  readonly hasBegun?: boolean
} = {}): SteeredRun {
  const dir = temporaryDirectory()
  const optimizer = { paramGroups: [{ lr, weightDecay: 0, momentum: 0.9 }] }
  const open = (handlers: CheckpointHandlers | undefined): ReturnType<typeof openKernel> =>
    openKernel(dir, {
      state: createMutableState(optimizerActuators(optimizer)),
      lookMs: 0,
      // `step` handles pauses, because waiting here would block this process.
      sleep: {},
      ...(handlers !== undefined && { checkpoints: handlers }),
    })
  let kernel = open(checkpoints)
  onTestFinished(() => kernel.close())
  let at = -1
  let isPaused = false
  const steered: SteeredRun = {
    dir,
    get run() {
      return openRun(dir)
    },
    step() {
      if (!isPaused) at++
      const { rewound, paused } = kernel.apply({ step: at }, ['train_step_end'])
      isPaused = paused
      if (rewound !== null) at = paused ? rewound : rewound - 1
    },
    get isPaused() {
      return isPaused
    },
    get next() {
      return at + 1
    },
    stop: () => kernel.close(),
    restart(others = checkpoints) {
      kernel.close()
      kernel = open(others)
    },
    ledger: () => ledgerOf(dir),
    rate: () => optimizer.paramGroups[0]?.lr ?? Number.NaN,
  }
  if (hasBegun) steered.step()
  return steered
}

/** The ledger lines that contain the decisions on commands. */
export function ledgerOf(dir: string): readonly LedgerLine[] {
  const texts = readFileSync(join(dir, runFiles.ledger), 'utf8').split('\n')
  return texts.flatMap((text) => {
    const line = text === '' ? undefined : readLedgerLine(JSON.parse(text))
    return line?.ok === true && line.value.op !== 'attempt' ? [line.value] : []
  })
}

/** Writes a proposal as an autopilot does, and closes: no autopilot is running afterwards. Returns its id. */
export function propose(
  dir: string,
  change: Partial<Record<'expires' | 'expect' | 'params', JsonObject>> = {},
): string {
  const hold = openHold(dir, runFiles.autopilot, {
    engine: 'autopilot',
    fields: (n) => ({ action_id: `a${n}-0`, step: null, source: 'autopilot' }),
  })
  const id = `a${hold.n}-1`
  const command = {
    cid: `ap-${id}`,
    module: 'opt',
    op: 'set_params',
    params: { lr: 0.025 },
    expect: { lr: 0.05 },
    expires: { step: 1000, ts: 4e9 },
    ...change,
  }
  const line = {
    ...{ action_id: id, ts: 1_700_000_000, step: 0, kind: 'proposed', source: 'autopilot' },
    ...{
      rule_id: 'val_plateau_lr_reduce',
      metric: 'val_loss',
      reason: 'val_loss has not improved',
      confidence: 'high',
    },
    ...{ command, cid: command.cid, by: null, decision: null, seq: null },
    data: { evidence: { z: 0.4 }, plan: [], auto: false, procedure: null },
  }
  hold.append([line])
  hold.close()
  return id
}
