import type { HotModule, LedgerLine, ModuleContext, SubmittedOp } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createKernel } from '../src/index.ts'
import { openKernel } from '../src/node.ts'
import { memoryRun } from './memory-run.ts'
import { answers, command, ledger, runDir, toyTrainer } from './run-dir.ts'

const momentum = (value: number, more: Partial<SubmittedOp> = {}): SubmittedOp => ({
  module: 'opt',
  op: 'set_params',
  params: { momentum: value },
  ...more,
})

/** A module that submits the ops of a test, at the next event. */
function asker(asks: SubmittedOp[]): HotModule & { readonly given: (string | null)[] } {
  const given: (string | null)[] = []
  return {
    name: 'asker',
    given,
    onEvent(_event, _env, { submit }) {
      for (const ask of asks.splice(0)) given.push(submit(ask))
    },
  }
}

test('a module receives only the events in its list, which it may change', () => {
  const heard: string[] = []
  let wanted = ['val_end']
  const picky: HotModule = {
    name: 'picky',
    listens: () => wanted,
    onEvent: (event, { step }) => heard.push(`${event} ${step}`),
  }
  const kernel = createKernel({ modules: [picky] })
  kernel.apply({ step: 0 }, ['train_step_end', 'val_end'])
  wanted = []
  kernel.apply({ step: 1 }, ['val_end'])
  wanted = ['train_step_end']
  kernel.apply({ step: 2 }, ['train_step_end', 'val_end'])
  kernel.close()
  expect(heard).toEqual(['val_end 0', 'train_step_end 2'])
})

test('a module receives every ledger line: those of earlier attempts before it is attached, later ones when they are decided', () => {
  const dir = runDir()
  const heard: string[] = []
  const listener: HotModule = {
    name: 'listener',
    attach: () => heard.push('attach'),
    onLine: ({ op, cid, decision }: LedgerLine, isPast) =>
      heard.push(`${isPast ? 'past' : 'now'} ${op}${cid === null ? '' : ` ${cid}`} ${decision}`),
    onEvent(_event, { step }, { submit }) {
      if (step === 1) submit(momentum(0.3, { cid: 'mine' }))
    },
  }
  const attempt = (cid: string): void => {
    const kernel = openKernel(dir, { state: toyTrainer().state, modules: [listener], lookMs: 0 })
    kernel.continueFrom({ step: 1 })
    command(dir, { cid, ...momentum(0.5), at: { step: 1 } })
    for (let step = 1; step < 3; step++) kernel.apply({ step }, ['train_step_end'])
    kernel.close()
  }
  attempt('a')
  expect(heard.splice(0)).toEqual([
    'now attempt applied',
    'attach',
    'now set_params a applied',
    'now set_params mine applied',
  ])
  attempt('b')
  expect(heard.slice(0, 5)).toEqual([
    'past attempt applied',
    'past set_params a applied',
    'past set_params mine applied',
    'now attempt applied',
    'attach',
  ])
})

test('a module that throws at a ledger line is reported in the log, and the others receive the line', () => {
  const said: string[] = []
  const heard: number[] = []
  const fails: HotModule = {
    name: 'fails',
    onLine() {
      throw new Error('no')
    },
  }
  const hears: HotModule = { name: 'hears', onLine: ({ seq }) => heard.push(seq) }
  createKernel({ ...memoryRun(), modules: [fails, hears], log: (message) => said.push(message) }).close()
  expect([heard, said]).toEqual([[1], ['module `fails` threw at ledger line 1: no']])
})

test('a module sees the current controls, and the number of steps of the run', () => {
  const seen: unknown[] = []
  let context: ModuleContext | null = null
  const looker: HotModule = {
    name: 'looker',
    attach(given) {
      context = given
    },
    onEvent: (_event, _env, { controls, total }) =>
      seen.push([controls.find((one) => one.param_key === 'momentum')?.current, total]),
  }
  const run = memoryRun()
  const kernel = createKernel({ ...run, state: toyTrainer().state, modules: [looker], lookMs: 0 })
  expect(context).toMatchObject({ total: null, isCatchingUp: false })
  kernel.apply({ step: 0 }, ['a'])
  run.command({ cid: 'a', ...momentum(0.4) })
  kernel.apply({ step: 1, maxSteps: 90 }, ['a'])
  kernel.close()
  expect(seen).toEqual([
    [0.9, null],
    [0.4, 90],
  ])
})

test("an op submitted by a module keeps the module's cid, author and conditions", () => {
  const dir = runDir()
  const module = asker([
    momentum(0.5, { cid: 'm1', author: 'tuner' }),
    momentum(0.6, { cid: 'm2', expect: { momentum: 0.9 } }),
    momentum(0.7, { cid: 'm3', expires: { step: 0 } }),
  ])
  const kernel = openKernel(dir, { state: toyTrainer().state, modules: [module], lookMs: 0 })
  for (let step = 0; step < 3; step++) kernel.apply({ step }, ['a'])
  kernel.close()
  expect(module.given).toEqual(['m1', 'm2', 'm3'])
  const told = ledger(dir).filter((line) => line.module === 'opt')
  expect(told.map(({ cid, author, decision, error }) => [cid, author, decision, error])).toEqual([
    ['m1', 'tuner', 'applied', null],
    ['m2', null, 'failed', 'expected `momentum` to be 0.9, but it is 0.5'],
    ['m3', null, 'expired', 'it expired after step 0, and this is step 1'],
  ])
  expect(() => kernel.submit(momentum(1, { expires: 5 as never }))).toThrow(
    '`submit`: `expires` must be {step: whole number} or {ts: epoch seconds}, got 5',
  )
})

test('a cid that is pending or decided is refused in one line, even after a restart, and a command with it is skipped', () => {
  const dir = runDir()
  const attempt = (asks: SubmittedOp[], step: number): { given: (string | null)[]; said: string[] } => {
    const module = asker(asks)
    const said: string[] = []
    const log = (message: string): void => void said.push(message)
    const kernel = openKernel(dir, { state: toyTrainer().state, modules: [module], lookMs: 0, log })
    kernel.continueFrom({ step })
    for (let i = 0; i < 3; i++) kernel.apply({ step: step + i }, ['a'])
    kernel.close()
    return { given: module.given, said }
  }
  const twice = (): SubmittedOp[] => [momentum(0.5, { cid: 'm1' }), momentum(0.6, { cid: 'm1' })]
  const refusal = '`asker` submitted opt set_params with cid `m1`, which is already used: it is ignored'
  expect(attempt(twice(), 0)).toEqual({ given: ['m1', null], said: [refusal] })
  command(dir, { cid: 'm1', ...momentum(0.8) })
  expect(attempt(twice(), 3)).toEqual({ given: [null, null], said: [refusal, refusal] })
  expect(answers(dir).map(({ cid, decision }) => [cid, decision])).toEqual([['m1', 'skipped_noop']])
})

test('in a replay mode a module can submit only on behalf of the kernel, and each refusal is one log line', () => {
  const run = memoryRun()
  const said: string[] = []
  const module = asker([momentum(0.5), momentum(0.6, { source: 'kernel', cid: 'own' })])
  const mode = JSON.stringify({ mode: 'replay', recipe_path: 'r.jsonl' })
  let isRead = false
  const kernel = createKernel({
    ...run,
    state: toyTrainer().state,
    modules: [module],
    lookMs: 0,
    freeze: {
      changed: () => !isRead,
      read() {
        isRead = true
        return mode
      },
    },
    recipes: { load: () => ({ ok: true, value: { entries: [], notes: [] } as never }) },
    log: (message) => said.push(message),
  })
  for (let step = 0; step < 2; step++) kernel.apply({ step }, ['a'])
  kernel.close()
  expect(module.given).toEqual([null, 'own'])
  expect(said).toEqual([
    '`asker` may not submit while a recipe is being followed (mode replay): opt set_params is ignored',
  ])
  expect(run.decisions()).toEqual([['own', 'applied']])
})

test('a module reports what its op touched, and the ranks for the ledger line', () => {
  const dir = runDir()
  const touches = { one: ['a', 'b'], two: ['b'], three: ['c'] }
  const module: HotModule = {
    name: 'tool',
    applyOp: ({ op, id }) => {
      if (op === 'fail') return { ok: false, error: 'no', ranks: [2] }
      return { ok: true, payload: null, old: {}, touched: touches[id as 'one'] ?? [], ranks: [1] }
    },
  }
  const kernel = openKernel(dir, { modules: [module], lookMs: 0 })
  const ids = ['one', 'two', 'three']
  for (const [step, id] of ids.entries()) {
    command(dir, { cid: id, module: 'tool', op: 'set', id })
    kernel.apply({ step })
  }
  command(dir, { module: 'tool', op: 'fail' })
  command(dir, { module: 'core', op: 'revert', params: { seq: 2 } })
  command(dir, { module: 'core', op: 'revert', params: { seq: 3 } })
  kernel.apply({ step: 3 })
  kernel.close()
  expect(answers(dir).map(({ decision, ranks, error }) => [decision, ranks, error])).toEqual([
    ['applied', [1], null],
    ['applied', [1], null],
    ['applied', [1], null],
    ['failed', [2], 'no'],
    ['failed', null, 'seq 2 cannot be reverted: seq 3 changed the same control later; revert that first, or use force'],
    ['applied', [1], null],
  ])
})
