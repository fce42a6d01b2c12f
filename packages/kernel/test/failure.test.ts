import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, floatActuator } from '@hotcb/actuators'
import type { Outcome } from '@hotcb/protocol'
import { expect, test, vi } from 'vitest'
import { openKernel } from '../src/node.ts'
import { answers, command, ledger, runDir, toyTrainer } from './run-dir.ts'

test('if two kernels use one directory, the newer wins, the older reports it, and both training runs continue', () => {
  const dir = runDir()
  const [old, young] = [toyTrainer(), toyTrainer()]
  const first = openKernel(dir, { state: old.state, lookMs: 0 })
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { momentum: 0.1 } })
  expect(first.apply({ step: 0 }).superseded).toBe(false)
  const second = openKernel(dir, { state: young.state, lookMs: 0 })
  command(dir, { cid: 'b', module: 'opt', op: 'set_params', params: { momentum: 0.2 } })
  for (let step = 1; step < 4; step++) expect(first.apply({ step }).superseded).toBe(true)
  for (let step = 0; step < 4; step++) expect(second.apply({ step }).superseded).toBe(false)
  first.close()
  second.close()
  expect(answers(dir).map((line) => [line.cid, line.attempt])).toEqual([
    ['a', 1],
    ['b', 2],
  ])
  expect(old.optimizer.paramGroups[0]?.momentum).toBe(0.1)
  expect(young.optimizer.paramGroups[0]?.momentum).toBe(0.2)
  const seqs = ledger(dir).map((line) => line.seq)
  expect(new Set(seqs).size).toBe(seqs.length)
})

test('a run directory that cannot be created is refused in one clear line', () => {
  const dir = runDir()
  writeFileSync(join(dir, 'file'), '')
  const path = join(dir, 'file', 'run')
  expect(() => openKernel(path)).toThrow(`the run directory \`${path}\` cannot be opened: `)
  writeFileSync(join(dir, 'hotcb.state.json'), '{"protocol":2}')
  expect(() => openKernel(dir)).toThrow('uses protocol 2, but this kernel uses 1: use a newer one')
})

test('a directory that becomes read-only or is deleted does not stop the training', () => {
  const dir = runDir()
  const run = join(dir, 'run')
  const kernel = openKernel(run, { state: toyTrainer().state, lookMs: 0 })
  kernel.apply({ step: 0 })
  chmodSync(run, 0o500)
  command(run, { cid: 'a', module: 'opt', op: 'set_params', params: { momentum: 0.1 } })
  kernel.apply({ step: 1 })
  chmodSync(run, 0o700)
  rmSync(run, { recursive: true })
  for (let step = 2; step < 5; step++) kernel.apply({ step })
  kernel.close()
  expect(kernel.seq).toBeGreaterThanOrEqual(1)
})

test('a freeze document torn at any byte never unfreezes', () => {
  const whole =
    '{"mode": "prod", "recipe_path": null, "adjust_path": null, "policy": "best_effort", "step_offset": 0}\n'
  const dir = runDir()
  const { optimizer, state } = toyTrainer()
  writeFileSync(join(dir, 'hotcb.freeze.json'), whole)
  const kernel = openKernel(dir, { state, lookMs: 0 })
  let step = 0
  kernel.apply({ step: step++ })
  for (let bytes = 0; bytes <= whole.length; bytes++) {
    writeFileSync(join(dir, 'hotcb.freeze.json'), whole.slice(0, bytes))
    command(dir, { module: 'opt', op: 'set_params', params: { momentum: 0.1 } })
    kernel.apply({ step: step++ })
  }
  kernel.close()
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.9)
  expect(new Set(answers(dir).map((line) => line.decision))).toEqual(new Set(['ignored_freeze']))
})

test('a freeze document that cannot be parsed at open means prod', () => {
  const dir = runDir()
  writeFileSync(join(dir, 'hotcb.freeze.json'), '{"mode": "pro')
  const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { momentum: 0.1 } })
  kernel.apply({ step: 0 })
  kernel.close()
  expect(answers(dir).map((line) => line.decision)).toEqual(['ignored_freeze'])
})

test('a change to the freeze document is in the ledger at its step, and a replay that begins this way follows its recipe', () => {
  const dir = runDir()
  const { optimizer, state } = toyTrainer()
  const kernel = openKernel(dir, { state, lookMs: 0 })
  kernel.apply({ step: 0 })
  const entry = { at: { step: 2 }, module: 'opt', op: 'set_params', id: 'main', params: { momentum: 0.5 } }
  writeFileSync(join(dir, 'r.jsonl'), `${JSON.stringify(entry)}\n`)
  writeFileSync(join(dir, 'hotcb.freeze.json'), '{"mode":"replay","recipe_path":"r.jsonl"}')
  for (let step = 1; step < 4; step++) kernel.apply({ step })
  kernel.close()
  const told = ledger(dir).filter((line) => line.op !== 'attempt')
  expect(told.map((line) => [line.step, line.module, line.op, line.source, line.decision])).toEqual([
    [1, 'core', 'freeze', 'external', 'applied'],
    [2, 'opt', 'set_params', 'replay', 'applied'],
  ])
  expect(told[0]?.payload).toMatchObject({ mode: 'replay', recipe_path: 'r.jsonl' })
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.5)
})

test('deleting the freeze document unfreezes the run after two checks 100 ms apart', () => {
  const dir = runDir()
  const { optimizer, state } = toyTrainer()
  writeFileSync(join(dir, 'hotcb.freeze.json'), '{"mode": "prod"}')
  const kernel = openKernel(dir, { state, lookMs: 0 })
  kernel.apply({ step: 0 })
  rmSync(join(dir, 'hotcb.freeze.json'))
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { momentum: 0.1 } })
  kernel.apply({ step: 1 })
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.9)
  const until = performance.now() + 300
  for (let step = 2; performance.now() < until; step++) kernel.apply({ step })
  command(dir, { cid: 'b', module: 'opt', op: 'set_params', params: { momentum: 0.2 } })
  kernel.apply({ step: 1_000_000 })
  kernel.close()
  expect(answers(dir).map((line) => line.decision)).toEqual(['ignored_freeze', 'applied'])
})

test('a replaced command file is read from its start, and answered commands are not applied again', () => {
  const dir = runDir()
  const { state } = toyTrainer()
  const kernel = openKernel(dir, { state, lookMs: 0 })
  const set = (cid: string, momentum: number): string =>
    `${JSON.stringify({ cid, module: 'opt', op: 'set_params', params: { momentum } })}\n`
  command(dir, set('a', 0.1))
  kernel.apply({ step: 0 })
  writeFileSync(join(dir, 'new'), set('b', 0.2) + set('a', 0.1))
  renameSync(join(dir, 'new'), join(dir, 'hotcb.commands.jsonl'))
  const until = performance.now() + 300
  for (let step = 1; performance.now() < until; step++) kernel.apply({ step })
  kernel.apply({ step: 1_000_000 })
  kernel.close()
  expect(answers(dir).map((line) => [line.cid, line.decision])).toEqual([
    ['a', 'applied'],
    ['b', 'applied'],
    ['a', 'skipped_noop'],
  ])
})

test('each host may write its own command file', () => {
  const dir = runDir()
  const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  kernel.apply({ step: 0 })
  mkdirSync(join(dir, 'hotcb.commands.d'))
  command(
    dir,
    { cid: 'a', module: 'opt', op: 'set_params', params: { momentum: 0.1 } },
    'hotcb.commands.d/node7-0a1b2c.jsonl',
  )
  const until = performance.now() + 300
  for (let step = 1; performance.now() < until; step++) kernel.apply({ step })
  kernel.apply({ step: 1_000_000 })
  kernel.close()
  expect(answers(dir).map((line) => [line.cid, line.writer, line.decision])).toEqual([
    ['a', 'node7-0a1b2c.jsonl', 'applied'],
  ])
})

test('after another kernel the existing commands count as done, at every later open', () => {
  const dir = runDir()
  const line = {
    seq: 1,
    step: 3,
    module: 'opt',
    op: 'set_params',
    id: 'main',
    decision: 'applied',
    params: { momentum: 0.1 },
  }
  writeFileSync(join(dir, 'hotcb.applied.jsonl'), `${JSON.stringify(line)}\n`)
  command(dir, { module: 'opt', op: 'set_params', params: { momentum: 0.1 } })
  for (const cid of ['a', 'b']) {
    const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
    command(dir, { cid, module: 'opt', op: 'set_params', params: { momentum: 0.2 } })
    kernel.apply({ step: 10 })
    kernel.close()
  }
  expect(answers(dir).map((one) => [one.cid, one.decision])).toEqual([
    ['a', 'applied'],
    ['b', 'applied'],
  ])
})

test('a module that throws, at an event or an op, is reported and contained', () => {
  const dir = runDir()
  const said: string[] = []
  const thrower = {
    name: 'thrower',
    applyOp: () => {
      throw new Error('no')
    },
    onEvent: () => {
      throw new Error('never')
    },
  }
  const kernel = openKernel(dir, { modules: [thrower], lookMs: 0, log: (message) => said.push(message) })
  command(dir, { cid: 'a', module: 'thrower', op: 'poke' })
  kernel.apply({ step: 0 }, ['train_step_end'])
  kernel.close()
  expect(answers(dir)[0]).toMatchObject({ decision: 'failed', error: 'no' })
  expect(said).toEqual(['module `thrower` threw at train_step_end: never'])
})

test('a wall clock set back by an hour delays only expiry by time', () => {
  const dir = runDir()
  const freeze = join(dir, 'hotcb.freeze.json')
  writeFileSync(freeze, '{"mode":"off"}')
  const hourAgo = Date.now() - 3_600_000
  const set = (momentum: number): object => ({ module: 'opt', op: 'set_params', params: { momentum } })
  const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  const applyFor = (ms: number): void => {
    const until = performance.now() + ms
    do kernel.apply({ step: step++ })
    while (performance.now() < until)
  }
  // On a busy machine, one call may leave commands to the next.
  const applyUntil = (answered: number): void => {
    while (answers(dir).length < answered) kernel.apply({ step: step++ })
  }
  let step = 0
  const soon = { expires: { ts: Date.now() / 1000 + 60 } }
  command(dir, { cid: 'before', ...set(0.1) })
  applyUntil(1)
  vi.useFakeTimers({ toFake: ['Date'], now: hourAgo })
  try {
    command(dir, { cid: 'after', ...set(0.2), ...soon })
    command(dir, { cid: 'late', ...set(0.3), expires: { ts: hourAgo / 1000 - 1 } })
    applyUntil(3)
    writeFileSync(freeze, '{"mode":"prod"}')
    utimesSync(freeze, hourAgo / 1000, hourAgo / 1000)
    applyFor(0)
    command(dir, { cid: 'frozen', ...set(0.4) })
    applyUntil(4)
    // The state document is written once a second of running time.
    applyFor(1100)
    applyFor(0)
  } finally {
    vi.useRealTimers()
  }
  const state = JSON.parse(readFileSync(join(dir, 'hotcb.state.json'), 'utf8'))
  kernel.close()
  expect(answers(dir).map((line) => [line.cid, line.decision])).toEqual([
    ['before', 'applied'],
    ['after', 'applied'],
    ['late', 'expired'],
    ['frozen', 'ignored_freeze'],
  ])
  expect(state).toMatchObject({ freeze: { mode: 'prod' }, last: { 'opt:main': { decision: 'ignored_freeze' } } })
  const seqs = ledger(dir).map((line) => line.seq)
  expect(seqs).toEqual(seqs.map((_, i) => i + 1))
  const [before, after] = answers(dir).map((line) => line.wall_time)
  expect(Math.round(((before ?? 0) - (after ?? 0)) / 60)).toBe(60)
})

test('a setter that throws an object without text fails its whole command: earlier values are restored', () => {
  const dir = runDir()
  const values = { a: 1, b: 1 }
  const control = (key: 'a' | 'b', fails: (value: number) => boolean) =>
    floatActuator({
      key,
      group: 'mix',
      min: 0,
      max: 10,
      get: () => values[key],
      set: (value) => {
        if (fails(value)) throw Object.create(null)
        values[key] = value
      },
    })
  const state = createMutableState([control('a', () => false), control('b', (value) => value === 2)])
  const kernel = openKernel(dir, { state, lookMs: 0 })
  kernel.continueFrom({ step: 0 })
  command(dir, { cid: 'odd', module: 'mix', op: 'set_params', params: { a: 5, b: 2 } })
  command(dir, { cid: 'next', module: 'mix', op: 'set_params', params: { b: 3 } })
  kernel.apply({ step: 0 }, [])
  kernel.close()
  expect(answers(dir).map(({ cid, decision, error }) => [cid, decision, error])).toEqual([
    ['odd', 'failed', 'apply_fn_exception: `b`: {}'],
    ['next', 'applied', null],
  ])
  expect(values).toEqual({ a: 1, b: 3 })
})

test('a module whose `applyOp` returns a promise fails its command, and the promise may reject', async () => {
  const dir = runDir()
  const applyOp = () => Promise.reject(new Error('later')) as unknown as Outcome
  const kernel = openKernel(dir, { modules: [{ name: 'slow', applyOp }], lookMs: 0 })
  command(dir, { cid: 'a', module: 'slow', op: 'set_params', params: { x: 1 } })
  kernel.apply({ step: 0 })
  kernel.close()
  expect(answers(dir).map(({ decision, error }) => [decision, error])).toEqual([
    ['failed', 'module `slow` returned a promise: it must be synchronous'],
  ])
  await new Promise((resolve) => setImmediate(resolve))
})
