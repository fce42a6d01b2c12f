import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import type { Op, RecipeEntry } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createKernel, type Kernel, type PendingDecision } from '../src/index.ts'
import { openKernel } from '../src/node.ts'
import { type MemoryRun, memoryRun } from './memory-run.ts'
import { command, runDir, toyTrainer } from './run-dir.ts'

const set = (cid: string, params: object, more: object = {}): object => ({
  cid,
  module: 'opt',
  op: 'set_params',
  params,
  ...more,
})
const core = (cid: string, op: string, params: object = {}): object => ({ cid, module: 'core', op, params })

test('a host counts the calls of a step itself, so that skipped safe points keep their place', () => {
  const run = memoryRun()
  const kernel = createKernel({ ...run, state: toyTrainer().state, lookMs: 0 })
  run.command(set('a', { momentum: 0.5 }))
  kernel.apply({ step: 4 }, [], { call: 2 })
  run.command(set('b', { momentum: 0.6 }))
  kernel.apply({ step: 4 }, [], { call: 5 })
  kernel.close()
  const told = run.lines().filter(({ cid }) => cid !== null)
  expect(told.map(({ step, call }) => [step, call])).toEqual([
    [4, 2],
    [4, 5],
  ])
  const bad = createKernel()
  expect(() => bad.apply({ step: 0 }, [], { call: -1 })).toThrow('`place.call` must be a whole number >= 0, got -1')
})

test('a value that the host itself has set is verified as of the step for which it was set', () => {
  const optimizer = { paramGroups: [{ lr: 0.1, weightDecay: 0 }] }
  const state = createMutableState(optimizerActuators(optimizer, { schedule: (step) => 1 / (step + 1) }))
  const run = memoryRun()
  const kernel = createKernel({ ...run, state, lookMs: 0 })
  const stateOf = () => state.describe(0).find(({ param_key }) => param_key === 'lr')?.state
  run.command(set('a', { scheduler_scale: 0.5 }))
  kernel.apply({ step: 0 })
  // The host wrote the schedule's value at step 6, and skips the safe points in between.
  const [group] = optimizer.paramGroups
  if (group !== undefined) group.lr = 0.5 / 7
  kernel.apply({ step: 7 }, [], { call: 0, moved: 6 })
  kernel.close()
  expect(stateOf()).toBe('verified')
})

test('`attention` reports when the kernel must be called, and its `look` decides nothing', () => {
  const run = memoryRun()
  const kernel = createKernel({ ...run, state: toyTrainer().state })
  const { attention } = kernel
  kernel.apply({ step: 0 })
  expect([attention.nextStep, attention.isBusy, attention.look()]).toEqual([Number.POSITIVE_INFINITY, false, false])
  run.command(set('a', { momentum: 0.5 }, { at: { step: 9 } }))
  expect([attention.look(), run.decisions()]).toEqual([true, []])
  // The clock does not advance: without `look`, this safe point would not read the files.
  kernel.apply({ step: 1 })
  expect([attention.nextStep, attention.isBusy]).toEqual([9, false])
  kernel.submit({ module: 'opt', op: 'set_params', params: { momentum: 0.6 } })
  expect(attention.isBusy).toBe(true)
  kernel.close()
})

test('documents can wait until the host requests them', () => {
  const run = memoryRun()
  const kernel = createKernel({ ...run, state: toyTrainer().state, lookMs: 0, lateDocuments: true })
  run.world.now += 5000
  expect(kernel.attention.nextAt).toBe(1000)
  kernel.apply({ step: 3 })
  expect(run.written.state).toMatchObject({ step: null })
  kernel.attention.write()
  expect(run.written.state).toMatchObject({ step: 3 })
  kernel.close()
})

test('a setter can read which ledger line is being decided', () => {
  const run = memoryRun()
  const seen: (PendingDecision | null)[] = []
  const state = {
    ...toyTrainer().state,
    apply: (op: Op) => {
      seen.push(kernel.deciding)
      return { ok: true as const, payload: op.params, old: null }
    },
  }
  const kernel: Kernel = createKernel({ ...run, state, lookMs: 0 })
  run.command(set('a', { momentum: 0.5 }))
  kernel.apply({ step: 0 })
  kernel.submit({ module: 'opt', op: 'set_params', params: { momentum: 0.6 } })
  kernel.apply({ step: 1 })
  expect(seen).toEqual([
    { seq: 2, cid: 'a', writer: null, offset: 0 },
    { seq: 3, cid: 'k1-1', writer: null, offset: null },
  ])
  expect([kernel.deciding, run.lines().map(({ seq, cid }) => [seq, cid])]).toEqual([
    null,
    [
      [1, null],
      [2, 'a'],
      [3, 'k1-1'],
    ],
  ])
  kernel.close()
})

test('a run can begin paused, and a host can leave the pause and return to it', () => {
  const run = memoryRun()
  const said: string[] = []
  const waits: unknown[] = [false, true, false]
  const kernel = createKernel({
    ...run,
    state: toyTrainer().state,
    lookMs: 0,
    paused: true,
    sleep: { block: () => waits.shift(), note: 'paused by the host' },
    log: (message) => said.push(message),
  })
  expect(kernel.apply({ step: 0 }).paused).toBe(true)
  expect(waits).toEqual([true, false])
  expect(kernel.apply({ step: 1 }).paused).toBe(true)
  run.command(core('r', 'resume'))
  expect(kernel.apply({ step: 2 }).paused).toBe(false)
  kernel.close()
  expect([said, waits]).toEqual([['paused by the host'], []])
})

test('the state document contains the process and the ranks that the host declares', () => {
  const run = memoryRun()
  const crew = { worldSize: 4, lost: null as string | null }
  const identity = { name: 'bridge', version: '1', pid: 7, host: 'node3' }
  const kernel = createKernel({ ...run, state: toyTrainer().state, lookMs: 0, hostRanks: crew, identity })
  expect(run.written.state).toMatchObject({
    kernel: { name: 'bridge', pid: 7, host: 'node3', start: null },
    ranks: { world_size: 4, lost: null },
  })
  crew.lost = 'rank 2 is gone'
  run.command(set('a', { momentum: 0.5 }))
  for (let step = 0; step < 3; step++) kernel.apply({ step })
  kernel.close()
  expect(run.lines().map(({ op, decision, error }) => [op, decision, error])).toEqual([
    ['attempt', 'applied', null],
    ['collective', 'failed', 'the ranks cannot be reached and no more commands are accepted: rank 2 is gone'],
  ])
  const dir = runDir()
  openKernel(dir, { identity: { pid: 9, host: 'elsewhere' } }).close()
  const document = JSON.parse(readFileSync(join(dir, 'hotcb.state.json'), 'utf8'))
  expect(document.kernel).toMatchObject({ name: '@hotcb/kernel', pid: 9, host: 'elsewhere', start: null })
})

test('history is folded from the values of the controls at registration, which a snapshot stores', () => {
  const dir = runDir()
  const first = toyTrainer()
  const before = openKernel(dir, { state: first.state, lookMs: 0 })
  before.apply({ step: 0 })
  command(dir, set('a', { lr: 0.5 }))
  before.apply({ step: 1 })
  const snapshot = before.snapshot()
  before.close()
  const registered = { lr: [0.1, 0.2], momentum: [0.9, 0.9] }
  expect(snapshot).toMatchObject({ modules: {}, kernel: { seq: 2, registered } })
  // A checkpoint was loaded before the controls were registered: their values now are those of step 2.
  const second = toyTrainer()
  const [body, head] = second.optimizer.paramGroups
  Object.assign(body ?? {}, { lr: 0.5, momentum: 0.3 })
  Object.assign(head ?? {}, { lr: 0.7 })
  const state = createMutableState(optimizerActuators(second.optimizer))
  const after = openKernel(dir, { state, lookMs: 0, registered })
  after.continueFrom({ step: 2 }, snapshot)
  after.close()
  expect(second.optimizer.paramGroups.map(({ lr, momentum }) => [lr, momentum])).toEqual([
    [0.5, 0.9],
    [1, 0.9],
  ])
  expect(() => openKernel(dir, { state, registered: { lr: ['x'] } })).toThrow(
    '`registered` does not match the controls: `lr` must have an initial value of type log_float',
  )
})

/** One kernel after another for a trainer that stays alive. */
function openIn(run: MemoryRun, more: object = {}): Kernel {
  return createKernel({ ...run, state: toyTrainer().state, lookMs: 0, ...more })
}

test('a kernel that takes over does not repeat decisions of this trainer, and applies older entries at their places', () => {
  const run = memoryRun()
  const first = openIn(run)
  run.command(set('old', { momentum: 0.1 }, { at: { step: 8 } }))
  run.command(set('older', { weight_decay: 0.1 }, { at: { step: 4 } }))
  for (let step = 0; step < 10; step++) first.apply({ step })
  first.close()
  const second = openIn(run)
  second.continueFrom({ step: 3 })
  for (let step = 3; step < 6; step++) second.apply({ step })
  run.command(set('new', { momentum: 0.2 }))
  second.apply({ step: 6 })
  // It is killed here, at the second call of step 6: the trainer is at (6, 1) and began with attempt 2.
  const state = toyTrainer().state
  const third = createKernel({ ...run, state, lookMs: 0 })
  third.continueFrom({ place: { step: 6, call: 1 }, since: 2 })
  expect(state.current('momentum', 6)).toBe(0.2)
  expect(state.current('weight_decay', 6)).toBe(0.1)
  third.apply({ step: 6 })
  for (let step = 7; step < 10; step++) third.apply({ step })
  third.close()
  const told = run.lines().filter(({ module, attempt }) => module === 'opt' && attempt === 3)
  expect(told.map(({ step, of, payload, source }) => [step, of, payload, source])).toEqual([
    [8, 3, { momentum: 0.1 }, 'history'],
  ])
  expect(run.lines().filter(({ payload }) => payload?.['cut'] === true)).toEqual([])
  const bad = openIn(run)
  expect(() => bad.continueFrom({ place: { step: -1, call: 0 }, since: 1 })).toThrow(
    '`place` of `continueFrom` must be {step, call}, whole numbers >= 0',
  )
})

test('a kernel that takes over in a replay skips entries that already have a line', () => {
  const run = memoryRun()
  const entries = [0.1, 0.2, 0.3].map(
    (momentum, i): RecipeEntry => ({
      at: { step: i * 2, event: null },
      module: 'opt',
      op: 'set_params',
      id: 'main',
      params: { momentum },
    }),
  )
  let isRead = false
  const replay = () => ({
    freeze: { changed: () => !isRead, read: () => JSON.stringify({ mode: 'replay', recipe_path: 'r.jsonl' }) },
    recipes: { load: () => ({ ok: true, value: { entries, notes: [] } }) },
  })
  const first = openIn(run, replay())
  isRead = true
  first.continueFrom({ step: 0 })
  for (let step = 0; step < 3; step++) first.apply({ step })
  const attempts = run.lines().length
  const second = openIn(run, replay())
  second.continueFrom({ place: { step: 2, call: 1 }, since: 1 })
  for (let step = 3; step < 6; step++) second.apply({ step })
  second.close()
  const told = run.lines().slice(attempts)
  expect(told.map(({ op, step, payload }) => [op, step, op === 'attempt' ? payload?.['cut'] : payload])).toEqual([
    ['attempt', 2, false],
    ['set_params', 4, { momentum: 0.3 }],
  ])
})
