import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { formatFreeze, UNFROZEN } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { openKernel } from '../src/node.ts'
import { answers, command, ledger, runDir, toyTrainer } from './run-dir.ts'

function decisions(dir: string): (string | null)[][] {
  return answers(dir).map((line) => [line.cid, line.decision, line.error])
}

test('an unknown key fails, with the nearest key', () => {
  const dir = runDir()
  const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lrr: 1 } })
  kernel.apply({ step: 0 })
  kernel.close()
  expect(decisions(dir)).toEqual([['a', 'failed', 'unknown_param: `lrr`: did you mean `lr`?']])
})

test('several parameters are applied together or not at all', () => {
  const dir = runDir()
  const { optimizer, state } = toyTrainer()
  const kernel = openKernel(dir, { state, lookMs: 0 })
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { weight_decay: 0.5, momentum: 7 } })
  kernel.apply({ step: 0 })
  kernel.close()
  expect(decisions(dir)).toEqual([['a', 'failed', '`momentum` must be between 0 and 1, got 7']])
  expect(optimizer.paramGroups.map((group) => group.weightDecay)).toEqual([0, 0])
})

test('a freeze records its author in the ledger and in the document', () => {
  const dir = runDir()
  const document = join(dir, 'hotcb.freeze.json')
  const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  kernel.apply({ step: 0 })
  writeFileSync(document, formatFreeze({ ...UNFROZEN, mode: 'prod', author: 'ann' }))
  kernel.apply({ step: 1 })
  // Another author requests the same: nothing changes.
  writeFileSync(document, formatFreeze({ ...UNFROZEN, mode: 'prod', author: 'bob' }))
  kernel.apply({ step: 2 })
  command(dir, { cid: 'a', author: 'eve', module: 'core', op: 'unfreeze' })
  kernel.apply({ step: 3 })
  kernel.close()
  const lines = ledger(dir).filter(({ op }) => op.endsWith('freeze'))
  expect(lines.map(({ step, author, payload }) => ({ step, author, payload }))).toEqual([
    { step: 1, author: 'ann', payload: { ...UNFROZEN, mode: 'prod' } },
    { step: 3, author: 'eve', payload: UNFROZEN },
  ])
  expect(JSON.parse(readFileSync(document, 'utf8'))).toEqual({ ...UNFROZEN, author: 'eve' })
})

test('a byte order mark at the start of commands, freeze, recipe and overlay is skipped', () => {
  const dir = runDir()
  const { optimizer, state } = toyTrainer()
  writeFileSync(
    join(dir, 'hotcb.commands.jsonl'),
    '\ufeff{"cid":"a","module":"opt","op":"set_params","params":{"lr":0.5}}\n',
  )
  const kernel = openKernel(dir, { state, lookMs: 0 })
  kernel.apply({ step: 0 })
  expect(optimizer.paramGroups[0]?.lr).toBe(0.5)
  const entry = '{"at":{"step":2},"module":"opt","op":"set_params","params":{"lr":0.25}}'
  writeFileSync(join(dir, 'hotcb.recipe.jsonl'), `\ufeff${entry}\n`)
  writeFileSync(join(dir, 'hotcb.adjust.yaml'), '\ufeff# nothing yet\n')
  writeFileSync(join(dir, 'hotcb.freeze.json'), '\ufeff{"mode":"replay_adjusted"}')
  for (let step = 1; step < 4; step++) kernel.apply({ step })
  kernel.close()
  expect(optimizer.paramGroups[0]?.lr).toBe(0.25)
})

test('two keys that set the learning rate cannot be in one command', () => {
  const dir = runDir()
  const optimizer = { paramGroups: [{ lr: 0.1 }] }
  const state = createMutableState(optimizerActuators(optimizer, { schedule: () => 0.1 }))
  const kernel = openKernel(dir, { state, lookMs: 0 })
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.2, scheduler_scale: 3 } })
  command(dir, { cid: 'b', module: 'opt', op: 'set_params', params: { lr: 0.2, scheduler_drop: 0.5 } })
  kernel.apply({ step: 0 })
  kernel.close()
  expect(decisions(dir)).toEqual([
    ['a', 'failed', '`lr` and `scheduler_scale` cannot be set together: both set the learning rate'],
    ['b', 'failed', '`lr` and `scheduler_drop` cannot be set together: both set the learning rate'],
  ])
  expect(optimizer.paramGroups[0]?.lr).toBe(0.1)
})

test('a second command with the same cid is skipped, once', () => {
  const dir = runDir()
  const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  for (let i = 0; i < 2; i++) command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.5 } })
  for (let step = 0; step < 5; step++) kernel.apply({ step })
  kernel.close()
  expect(answers(dir).map((line) => line.decision)).toEqual(['applied', 'skipped_noop'])
})

test('an invalid command is rejected with its offset and reason, and later commands are accepted', () => {
  const dir = runDir()
  const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  command(dir, '{"op":\n')
  command(dir, '[1]\n')
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: [1] })
  command(dir, { cid: 'b', module: 'opt', op: 'set_params', params: { lr: 0.5 } })
  kernel.apply({ step: 0 })
  kernel.close()
  expect(answers(dir).map((line) => [line.decision, line.offset])).toEqual([
    ['rejected', 0],
    ['rejected', 7],
    ['rejected', 11],
    ['applied', 69],
  ])
  expect(answers(dir)[1]?.error).toBe('byte 7: a command must be a JSON object, got [1]: "[1]"')
})

test('a command with `at` waits for its step and event, and a late one is marked `late`', () => {
  const dir = runDir()
  const { optimizer, state } = toyTrainer()
  const kernel = openKernel(dir, { state, lookMs: 0 })
  command(dir, {
    cid: 'a',
    module: 'opt',
    op: 'set_params',
    params: { momentum: 0.5 },
    at: { step: 3, event: 'val_end' },
  })
  for (let step = 0; step < 4; step++) kernel.apply({ step }, ['train_step_end'])
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.9)
  kernel.apply({ step: 3 }, ['val_end'])
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.5)
  command(dir, { cid: 'b', module: 'opt', op: 'set_params', params: { momentum: 0.6 }, at: { step: 1 } })
  kernel.apply({ step: 4 })
  kernel.apply({ step: 5 })
  kernel.close()
  expect(answers(dir).map((line) => [line.cid, line.step, line.call, line.event, line.notes])).toEqual([
    ['a', 3, 1, 'val_end', null],
    ['b', 4, 0, null, 'late'],
  ])
})

test('a command that was read ahead and not yet due when the trainer died is applied once, after the restart', () => {
  const dir = runDir()
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { momentum: 0.5 }, at: { step: 5 } })
  const first = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  for (let step = 0; step < 3; step++) first.apply({ step })
  first.close()
  const { optimizer, state } = toyTrainer()
  const second = openKernel(dir, { state, lookMs: 0 })
  second.continueFrom({ step: 3 })
  for (let step = 3; step < 8; step++) second.apply({ step })
  second.close()
  expect(answers(dir).map((line) => [line.cid, line.step, line.decision, line.notes])).toEqual([
    ['a', 5, 'applied', null],
  ])
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.5)
})

test('`expires`, `expect` and `cancel` end a command with a reason', () => {
  const dir = runDir()
  const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  const set = { module: 'opt', op: 'set_params', params: { momentum: 0.5 } }
  command(dir, { cid: 'old', ...set, expires: { step: 1 }, at: { step: 2 } })
  command(dir, { cid: 'other', ...set, expect: { momentum: 0.7 } })
  command(dir, { cid: 'held', ...set, at: { step: 100 } })
  command(dir, { cid: 'no', module: 'core', op: 'cancel', params: { cid: 'held' } })
  for (let step = 0; step < 4; step++) kernel.apply({ step })
  kernel.close()
  expect(decisions(dir)).toEqual([
    ['other', 'failed', 'expected `momentum` to be 0.7, but it is 0.9'],
    ['held', 'expired', 'cancelled'],
    ['no', 'applied', null],
    ['old', 'expired', 'it expired after step 1, and this is step 2'],
  ])
})

test('mode `prod` allows only commands that stop, unfreeze or save', () => {
  const dir = runDir()
  const { optimizer, state } = toyTrainer()
  writeFileSync(join(dir, 'hotcb.freeze.json'), '{"mode":"prod"}')
  const kernel = openKernel(dir, { state, lookMs: 0 })
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.5 }, source: 'kernel' })
  command(dir, { cid: 'b', module: 'core', op: 'checkpoint', params: { action: 'load' } })
  command(dir, { cid: 'c', module: 'core', op: 'unfreeze' })
  command(dir, { cid: 'd', module: 'opt', op: 'set_params', params: { lr: 0.5 } })
  kernel.apply({ step: 0 })
  kernel.close()
  expect(answers(dir).map((line) => [line.cid, line.decision, line.source])).toEqual([
    ['a', 'ignored_freeze', 'external'],
    ['b', 'ignored_freeze', 'external'],
    ['c', 'applied', 'external'],
    ['d', 'applied', 'external'],
  ])
  expect(optimizer.paramGroups[0]?.lr).toBe(0.5)
})

test('an op for a missing module fails with its name', () => {
  const dir = runDir()
  const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  command(dir, { cid: 'a', op: 'enable', id: 'probe' })
  command(dir, { cid: 'b', module: 'core', op: 'checkpoint', params: { action: 'branch' } })
  command(dir, { cid: 'c', module: 'core', op: 'dance' })
  kernel.apply({ step: 0 })
  kernel.close()
  expect(decisions(dir)).toEqual([
    ['a', 'failed', 'this trainer has no module `cb`'],
    ['b', 'failed', 'this trainer registered no `save` for checkpoints'],
    [
      'c',
      'failed',
      'unknown_core_op: `dance`: core has the ops freeze, unfreeze, pause, resume, stop, checkpoint, revert, cancel',
    ],
  ])
})

test('a trainer that cannot load a checkpoint during training states the reason', () => {
  const dir = runDir()
  const checkpoints = { save: () => undefined, noLoad: 'start it again with `resume`' }
  const kernel = openKernel(dir, { state: toyTrainer().state, checkpoints, lookMs: 0 })
  command(dir, { cid: 'a', op: 'checkpoint', module: 'core', params: { action: 'load' } })
  kernel.apply({ step: 0 })
  kernel.close()
  const error = 'this trainer registered no `load` for checkpoints: start it again with `resume`'
  expect(decisions(dir)).toEqual([['a', 'failed', error]])
})

test('a setter that throws half-way leaves all values unchanged', () => {
  const dir = runDir()
  const { optimizer, weights, state } = toyTrainer()
  const head = optimizer.paramGroups[1]
  if (head === undefined) throw new Error('two groups')
  let momentum = 0.9
  Object.defineProperty(head, 'momentum', {
    get: () => momentum,
    set: (value: number) => {
      if (value === 0.5) throw new Error('the head is stuck')
      momentum = value
    },
    enumerable: true,
  })
  const kernel = openKernel(dir, { state, lookMs: 0 })
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { weight_decay: 0.1, momentum: 0.5, ce: 2 } })
  kernel.apply({ step: 0 })
  kernel.close()
  expect(decisions(dir)).toEqual([['a', 'failed', 'apply_fn_exception: `momentum`: the head is stuck']])
  expect(optimizer.paramGroups.map((group) => [group.weightDecay, group.momentum])).toEqual([
    [0, 0.9],
    [0, 0.9],
  ])
  expect(weights).toEqual({ ce: 1, aux: 0 })
})

test('a revert is refused if the same control was changed later, unless it is forced', () => {
  const dir = runDir()
  const { optimizer, state } = toyTrainer()
  const kernel = openKernel(dir, { state, lookMs: 0 })
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { momentum: 0.5 } })
  command(dir, { cid: 'b', module: 'opt', op: 'set_params', params: { momentum: 0.6 } })
  command(dir, { cid: 'c', module: 'core', op: 'revert', params: { seq: 2 } })
  command(dir, { cid: 'd', module: 'core', op: 'revert' })
  command(dir, { cid: 'e', module: 'core', op: 'revert' })
  command(dir, { cid: 'f', module: 'core', op: 'revert' })
  command(dir, { cid: 'g', module: 'core', op: 'revert', params: { seq: 4 } })
  kernel.apply({ step: 0 })
  kernel.close()
  expect(decisions(dir).slice(2)).toEqual([
    ['c', 'failed', 'seq 2 cannot be reverted: seq 3 changed the same control later; revert that first, or use force'],
    ['d', 'applied', null],
    ['e', 'applied', null],
    ['f', 'failed', 'nothing to revert: no change is in force'],
    ['g', 'failed', 'seq 4 cannot be reverted: it was not applied (`failed`)'],
  ])
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.9)
})

test('disabling a module, then one control, refuses changes to them', () => {
  const dir = runDir()
  const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  command(dir, { cid: 'a', module: 'opt', op: 'disable' })
  command(dir, { cid: 'b', module: 'opt', op: 'set_params', params: { lr: 0.5 } })
  command(dir, { cid: 'c', module: 'core', op: 'revert' })
  command(dir, { cid: 'd', module: 'opt', op: 'set_params', params: { lr: 0.5 } })
  command(dir, { cid: 'e', module: 'opt', op: 'disable', params: { key: 'nope' } })
  kernel.apply({ step: 0 })
  kernel.close()
  expect(answers(dir).map((line) => line.decision)).toEqual(['applied', 'failed', 'applied', 'applied', 'failed'])
})

test('the desired state in YAML becomes commands when one of its values changes', () => {
  const dir = runDir()
  const { optimizer, state } = toyTrainer()
  const yaml = join(dir, 'hotcb.yaml')
  let now = 0
  writeFileSync(yaml, 'version: 1\nopt:\n  params: {momentum: 0.5, weight_decay: 0}\n')
  const kernel = openKernel(dir, { state, lookMs: 0 })
  const steps = (count: number): void => {
    const until = performance.now() + 150
    while (performance.now() < until || count-- > 0) kernel.apply({ step: now++ })
  }
  steps(2)
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.5)
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { momentum: 0.7 } })
  steps(2)
  writeFileSync(yaml, 'version: 1\nopt: [broken\n')
  steps(2)
  writeFileSync(yaml, 'version: 1\nopt:\n  params: {momentum: 0.5, weight_decay: 0.1}\n')
  steps(2)
  kernel.close()
  expect(optimizer.paramGroups[0]).toMatchObject({ momentum: 0.7, weightDecay: 0.1 })
  expect(ledger(dir).map((line) => [line.module, line.op, line.source, line.decision])).toEqual([
    ['core', 'attempt', 'kernel', 'applied'],
    ['core', 'yaml', 'yaml', 'applied'],
    ['opt', 'set_params', 'yaml', 'applied'],
    ['opt', 'set_params', 'external', 'applied'],
    ['core', 'yaml', 'yaml', 'rejected'],
    ['core', 'yaml', 'yaml', 'applied'],
    ['opt', 'set_params', 'yaml', 'applied'],
  ])
})
