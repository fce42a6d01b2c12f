import { cpSync } from 'node:fs'
import type { HotModule, ModuleContext, SubmittedOp } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createKernel } from '../src/index.ts'
import type { Kernel } from '../src/kernel.ts'
import { latestCheckpoint, openKernel } from '../src/node.ts'
import { memoryRun } from './memory-run.ts'
import { command, ledger, runDir, type ToyTrainer, toyTrainer } from './run-dir.ts'

/** A module that requests another momentum at one step. */
function asker(step: number): HotModule {
  return {
    name: 'asker',
    onEvent: (_event, env, context) => {
      if (env.step === step) context.submit({ module: 'opt', op: 'set_params', params: { momentum: 0.25 } })
    },
  }
}

function open(dir: string): { readonly kernel: Kernel; readonly trainer: ToyTrainer } {
  const trainer = toyTrainer()
  const kernel = openKernel(dir, {
    state: trainer.state,
    modules: [asker(2)],
    checkpoints: { save: () => undefined, load: () => undefined },
    lookMs: 0,
  })
  return { kernel, trainer }
}

/** Trains up to the step of a checkpoint, at which a module submits a request, and is killed there. */
function killedAtCheckpoint(): string {
  const dir = runDir()
  const { kernel } = open(dir)
  kernel.continueFrom({ step: 0 })
  for (let step = 0; step <= 2; step++) {
    if (step === 2) kernel.submit({ module: 'core', op: 'checkpoint', params: { action: 'save', tag: 'k' } })
    kernel.apply({ step }, ['train_step_end'])
  }
  return dir
}

const set = (dir: string): readonly (number | null)[] =>
  ledger(dir)
    .filter(({ module, op, of }) => module === 'opt' && op === 'set_params' && of === null)
    .map(({ step }) => step)

test('a module’s request at the step of a checkpoint is applied once after a kill, however often it is killed', () => {
  const dir = killedAtCheckpoint()
  expect(set(dir)).toEqual([])
  for (let again = 0; again < 3; again++) {
    const { kernel, trainer } = open(dir)
    const checkpoint = latestCheckpoint(dir)
    kernel.continueFrom({ step: checkpoint?.step ?? 0 }, checkpoint?.snapshot)
    kernel.apply({ step: 3 }, ['train_step_end'])
    expect(trainer.optimizer.paramGroups[0]?.momentum).toBe(0.25)
  }
  expect(set(dir)).toEqual([3])
})

test('a load of the checkpoint drops requests made at its step, also after a restart', () => {
  const dir = killedAtCheckpoint()
  const first = open(dir)
  first.kernel.continueFrom({ step: 3 }, latestCheckpoint(dir)?.snapshot)
  first.kernel.apply({ step: 3 }, ['train_step_end'])
  command(dir, { cid: 'l', module: 'core', op: 'checkpoint', params: { action: 'load', tag: 'k' } })
  expect(first.kernel.apply({ step: 4 }, ['train_step_end']).rewound).toBe(3)
  expect(first.trainer.optimizer.paramGroups[0]?.momentum).toBe(0.9)
  const second = open(dir)
  second.kernel.continueFrom({ step: 3 }, latestCheckpoint(dir)?.snapshot)
  second.kernel.apply({ step: 3 }, ['train_step_end'])
  expect(second.trainer.optimizer.paramGroups[0]?.momentum).toBe(0.9)
})

test('a checkpoint that is copied into another run does not bring its requests', () => {
  const from = killedAtCheckpoint()
  const to = runDir()
  cpSync(`${from}/hotcb.checkpoints`, `${to}/hotcb.checkpoints`, { recursive: true })
  const { kernel, trainer } = open(to)
  kernel.continueFrom({ step: 3 }, latestCheckpoint(to)?.snapshot)
  kernel.apply({ step: 3 }, ['train_step_end'])
  expect(trainer.optimizer.paramGroups[0]?.momentum).toBe(0.9)
})

test('a garbage snapshot counts as absent, and training continues', () => {
  const dir = runDir()
  const { kernel } = open(dir)
  const garbage = { modules: 3, kernel: { seq: 'x', at: [], submitted: [null, 3, { module: 1 }] } }
  expect(kernel.continueFrom({ step: 0 }, garbage).stop).toBe(false)
  expect(kernel.apply({ step: 0 }).stop).toBe(false)
  kernel.close()
})

test.each([
  [{ op: 'pause' }, '`submit` expects {module, op, id?, params?}'],
  [{ module: 'opt', op: 'set_params', params: { lr: Number.NaN } }, '`params.lr` must be a finite number'],
  [{ module: 'opt', op: 'set_params', params: [1] }, '`params` must be an object, got [1]'],
  [{ module: 'opt', op: 'set_params', params: { lr: 1n } }, '`submit` accepts only an op that can be written as JSON'],
  [null, '`submit` expects {module, op, id?, params?}'],
])('an invalid op is refused by `submit`, both of the kernel and of a module: %s', (asked, message) => {
  const dir = runDir()
  let context: ModuleContext | undefined
  const module: HotModule = {
    name: 'm',
    attach(given) {
      context = given
    },
  }
  const kernel = openKernel(dir, { modules: [module], lookMs: 0 })
  // A trainer in JavaScript may pass anything.
  const op = asked as unknown as SubmittedOp
  expect(() => kernel.submit(op)).toThrow(message)
  expect(() => context?.submit(op)).toThrow(message)
  kernel.apply({ step: 0 })
  expect(ledger(dir)).toHaveLength(1)
  kernel.close()
})

test('`submit` returns the cid of the op’s ledger line', () => {
  const dir = runDir()
  const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  const cid = kernel.submit({ module: 'opt', op: 'set_params', params: { momentum: 0.5 } })
  kernel.apply({ step: 0 })
  expect(ledger(dir).at(-1)).toMatchObject({ cid, offset: null, decision: 'applied' })
  kernel.close()
})

test('a line that cannot be written leaves no gap in seq, and states why', () => {
  const run = memoryRun()
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  // A port from another author.
  const checkpoints = { load: () => ({ tag: cyclic as unknown as string, step: 0 }) }
  const kernel = createKernel({ ...run, checkpoints, lookMs: 0 })
  run.command({ cid: 'a', module: 'core', op: 'checkpoint', params: { action: 'load' } })
  run.command({ cid: 'b', module: 'core', op: 'resume' })
  kernel.apply({ step: 0 })
  expect(run.lines().map(({ seq, op, cid }) => [seq, op, cid])).toEqual([
    [1, 'attempt', null],
    [2, 'checkpoint', 'a'],
    [3, 'attempt', null],
    [4, 'resume', 'b'],
  ])
  expect(run.lines()[1]).toMatchObject({
    decision: 'applied',
    payload: null,
    notes: expect.stringContaining('cannot be written'),
  })
  kernel.close()
})
