import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Kernel } from '@hotcb/kernel'
import { type OpenKernelOptions, openKernel } from '@hotcb/kernel/node'
import type { JsonObject, LedgerLine } from '@hotcb/protocol'
import { expect, onTestFinished, test } from 'vitest'
import { openControls } from '../src/node.ts'
import { temporaryFolder } from './queue.ts'

interface Trainer {
  lr: number
  readonly saved: string[]
}

/** Opens a kernel with the module, and the trainer that its controls change. */
function openRun(dir: string, options: OpenKernelOptions = {}): { readonly kernel: Kernel; readonly trainer: Trainer } {
  const trainer: Trainer = { lr: 1, saved: [] }
  const controls = openControls<Trainer>()
  controls.register(
    'optimizer.lr.multiplier',
    (ctx, mult) => {
      ctx.lr *= mult
    },
    {
      description: 'scales every learning rate',
      validate: (value: unknown) => {
        const mult = Number(value)
        if (!(mult > 0)) throw new RangeError('multiplier must be > 0')
        return mult
      },
    },
  )
  controls.register('save_ckpt', ({ saved }, ...args) => void saved.push(JSON.stringify(args)))
  const kernel = openKernel(dir, { lookMs: 0, modules: [controls.module({ ctx: () => trainer })], ...options })
  onTestFinished(() => kernel.close())
  return { kernel, trainer }
}

function call(dir: string, cid: string, id: string, params: JsonObject | null, more: JsonObject = {}): void {
  const line = { cid, module: 'ctl', op: 'call', id, params, ...more }
  appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify(line)}\n`)
}

function ledgerOf(dir: string): LedgerLine[] {
  const lines = readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line) as LedgerLine).filter(({ module }) => module === 'ctl')
}

test('a call to a registered path is applied at a safe point, and the ledger contains the arguments', () => {
  const dir = temporaryFolder()
  const { kernel, trainer } = openRun(dir)
  call(dir, 'a', 'optimizer.lr.multiplier', { args: ['0.5'] })
  call(dir, 'b', 'save_ckpt', { kwargs: { label: 'manual' } })
  call(dir, 'c', 'save_ckpt', null)
  kernel.apply({ step: 3 }, ['train_step_end'])
  expect(trainer).toEqual({ lr: 0.5, saved: ['[{"label":"manual"}]', '[]'] })
  expect(
    ledgerOf(dir).map(({ cid, step, decision, payload, old, notes }) => ({ cid, step, decision, payload, old, notes })),
  ).toEqual([
    {
      cid: 'a',
      step: 3,
      decision: 'applied',
      payload: { args: ['0.5'], kwargs: {} },
      old: null,
      notes: 'called with {"args": [0.5], "kwargs": {}}',
    },
    {
      cid: 'b',
      step: 3,
      decision: 'applied',
      payload: { args: [], kwargs: { label: 'manual' } },
      old: null,
      notes: null,
    },
    { cid: 'c', step: 3, decision: 'applied', payload: { args: [], kwargs: {} }, old: null, notes: null },
  ])
})

test('an invalid call fails with one line', () => {
  const dir = temporaryFolder()
  const { kernel, trainer } = openRun(dir)
  call(dir, 'a', 'optimizer.lr.multiplyer', { args: [1] })
  call(dir, 'b', 'optimizer.lr.multiplier', { args: [-1] })
  call(dir, 'c', 'optimizer.lr.multiplier', { args: 5 })
  call(dir, 'd', 'optimizer.lr.multiplier', { kwargs: [] })
  call(dir, 'e', 'optimizer.lr.multiplier', { args: [1], by: 'name' })
  call(dir, 'f', 'optimizer.lr.multiplier', {}, { op: 'set' })
  kernel.apply({ step: 0 })
  expect(trainer.lr).toBe(1)
  expect(ledgerOf(dir).map(({ cid, decision, error }) => `${cid} ${decision}: ${error}`)).toEqual([
    'a failed: unknown path: optimizer.lr.multiplyer: did you mean `optimizer.lr.multiplier`?',
    'b failed: multiplier must be > 0',
    'c failed: `params.args` must be a list',
    'd failed: `params.kwargs` must be an object',
    'e failed: `params` must be {args, kwargs}, got `by`',
    'f failed: `op` must be `call`, got `set`',
  ])
})

test('a restart never repeats a call: its effect is in the checkpoint or was lost with the later state', () => {
  const dir = temporaryFolder()
  const first = openRun(dir)
  call(dir, 'a', 'optimizer.lr.multiplier', { args: [0.5] })
  call(dir, 'b', 'optimizer.lr.multiplier', { args: [0.5] }, { at: { step: 5 } })
  for (let step = 0; step < 8; step++) first.kernel.apply({ step })
  first.kernel.close()
  const second = openRun(dir)
  second.trainer.lr = 0.5
  second.kernel.continueFrom({ step: 4 })
  for (let step = 4; step < 8; step++) second.kernel.apply({ step })
  expect(second.trainer.lr).toBe(0.5)
  expect(ledgerOf(dir).length).toBe(2)
})

test('a replay repeats the calls at the same steps, checked and converted again', () => {
  const dir = temporaryFolder()
  const first = openRun(dir)
  call(dir, 'a', 'optimizer.lr.multiplier', { args: ['0.5'] })
  call(dir, 'b', 'save_ckpt', { args: [1, 2] }, { at: { step: 5 } })
  for (let step = 0; step < 8; step++) first.kernel.apply({ step }, ['train_step_end'])
  first.kernel.close()
  const again = temporaryFolder()
  const recipe = ledgerOf(dir).map(({ step, event, module, op, id, payload }) =>
    JSON.stringify({ at: { step, event }, module, op, id, params: payload }),
  )
  writeFileSync(join(again, 'hotcb.recipe.jsonl'), recipe.map((line) => `${line}\n`).join(''))
  const freeze = { mode: 'replay', recipe_path: 'hotcb.recipe.jsonl', policy: 'strict' }
  writeFileSync(join(again, 'hotcb.freeze.json'), JSON.stringify(freeze))
  const second = openRun(again)
  call(again, 'live', 'optimizer.lr.multiplier', { args: [9] })
  for (let step = 0; step < 8; step++) second.kernel.apply({ step }, ['train_step_end'])
  expect(second.trainer).toEqual(first.trainer)
  expect(second.trainer).toEqual({ lr: 0.5, saved: ['[1,2]'] })
  expect(ledgerOf(again).map(({ step, decision, source, notes }) => [step, decision, source, notes])).toEqual([
    [0, 'applied', 'replay', 'called with {"args": [0.5], "kwargs": {}}'],
    [0, 'ignored_replay', 'external', null],
    [5, 'applied', 'replay', null],
  ])
})

test('the state document lists registered paths and call counts; a loaded checkpoint restores the counts', () => {
  const dir = temporaryFolder()
  const checkpoints = { save: () => undefined, load: () => ({ step: 2 }) }
  const { kernel } = openRun(dir, { checkpoints })
  const core = (op: string, params: JsonObject): void => {
    appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify({ module: 'core', op, params })}\n`)
  }
  call(dir, 'a', 'save_ckpt', null)
  core('checkpoint', { action: 'save', tag: 'two' })
  kernel.apply({ step: 1 })
  call(dir, 'b', 'save_ckpt', null)
  call(dir, 'c', 'optimizer.lr.multiplier', { args: ['x'] })
  kernel.apply({ step: 2 })
  const status = () => {
    const module = JSON.parse(readFileSync(join(dir, 'hotcb.state.json'), 'utf8')).modules.ctl
    return module
  }
  core('checkpoint', { action: 'load', tag: 'two' })
  expect(kernel.apply({ step: 3 }).rewound).toBe(2)
  kernel.close()
  expect(status()).toEqual({
    'optimizer.lr.multiplier': { description: 'scales every learning rate', calls: 0, failed: 0 },
    save_ckpt: { description: '', calls: 1, failed: 0 },
  })
})
