import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openKernel } from '../src/node.ts'
import { command, ledger, runDir, toyTrainer } from './run-dir.ts'

test('a command is applied at the next safe point and recorded with its step, old and new values', () => {
  const dir = runDir()
  const { optimizer, state } = toyTrainer()
  const kernel = openKernel(dir, { state, lookMs: 0 })
  kernel.apply({ step: 0 }, ['train_step_end'])
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.05 }, source: 'cli' })
  kernel.apply({ step: 1 }, ['train_step_end'])
  kernel.close()
  expect(optimizer.paramGroups.map((group) => group.lr)).toEqual([0.05, 0.1])
  expect(ledger(dir).at(-1)).toMatchObject({
    seq: 2,
    step: 1,
    event: 'train_step_end',
    decision: 'applied',
    source: 'cli',
    cid: 'a',
    payload: { lr: 0.05 },
    old: { lr: 0.1 },
  })
})

test('a restart restores the state before its step and re-applies later changes at their places', () => {
  const dir = runDir()
  const first = toyTrainer()
  const kernel = openKernel(dir, { state: first.state, lookMs: 0 })
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.05 } })
  command(dir, { cid: 'b', module: 'loss', op: 'set_params', params: { aux_w: 0.5 }, at: { step: 5 } })
  for (let step = 0; step < 8; step++) kernel.apply({ step })
  kernel.close()

  const second = toyTrainer()
  const again = openKernel(dir, { state: second.state, lookMs: 0 })
  again.continueFrom({ step: 4 })
  expect(second.optimizer.paramGroups.map((group) => group.lr)).toEqual([0.05, 0.1])
  again.apply({ step: 4 })
  expect(second.weights.aux).toBe(0)
  again.apply({ step: 5 })
  expect(second.weights.aux).toBe(0.5)
  again.close()
  expect(ledger(dir).at(-1)).toMatchObject({ source: 'history', of: 3, step: 5, decision: 'applied' })
})

test('a revert is an ordinary change that restores the old values', () => {
  const dir = runDir()
  const { optimizer, state } = toyTrainer()
  const kernel = openKernel(dir, { state, lookMs: 0 })
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.05 } })
  kernel.apply({ step: 0 })
  command(dir, { cid: 'b', module: 'core', op: 'revert' })
  kernel.apply({ step: 1 })
  kernel.close()
  expect(optimizer.paramGroups.map((group) => group.lr)).toEqual([0.1, 0.2])
  expect(ledger(dir).at(-1)).toMatchObject({ module: 'opt', op: 'set_params', reverts: 2, params: { lr: 0.1 } })
})

test('continueFrom reports immediately that a recipe cannot be followed', () => {
  const dir = runDir()
  writeFileSync(join(dir, 'hotcb.freeze.json'), JSON.stringify({ mode: 'replay', recipe_path: 'missing.jsonl' }))
  const kernel = openKernel(dir, { state: toyTrainer().state })
  expect(kernel.continueFrom({ step: 0 })).toMatchObject({ stop: true, superseded: false })
  kernel.close()
})
