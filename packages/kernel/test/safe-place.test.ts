import type { LedgerLine } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createKernel, type Kernel, type KernelOptions } from '../src/index.ts'
import { type MemoryRun, memoryRun } from './memory-run.ts'
import { toyTrainer } from './run-dir.ts'

const momentum = (cid: string, value: number, more: object = {}): object => ({
  cid,
  module: 'opt',
  op: 'set_params',
  params: { momentum: value },
  ...more,
})
const core = (cid: string, op: string, params: object = {}): object => ({ cid, module: 'core', op, params })

function open(more: KernelOptions = {}): { readonly run: MemoryRun; readonly kernel: Kernel; readonly said: string[] } {
  const run = memoryRun()
  const said: string[] = []
  const options = { ...run, state: toyTrainer().state, lookMs: 0, log: (message: string) => said.push(message) }
  return { run, said, kernel: createKernel({ ...options, ...more }) }
}

test('epoch, phase and event of a line are those of its safe point; values of another type count as absent', () => {
  const { run, kernel } = open()
  const placeOf = (env: object, events?: readonly string[]): unknown => {
    run.command(momentum(`${run.lines().length}`, 0.5))
    kernel.apply({ step: 3, ...env }, events)
    const { step, epoch, phase, event, after, end } = run.lines().at(-1) ?? ({} as LedgerLine)
    return [step, epoch, phase, event, after, end]
  }
  expect(placeOf({ epoch: 2, phase: 'train' }, ['a', 'b'])).toEqual([3, 2, 'train', 'a', undefined, undefined])
  expect(placeOf({ epoch: '2', phase: 7 }, [])).toEqual([3, null, null, null, undefined, undefined])
  expect(placeOf({ epoch: null, phase: null })).toEqual([3, null, null, null, undefined, undefined])
})

test('an answered, a rejected and a cancelled command each have their line', () => {
  const { run, kernel } = open()
  run.command(momentum('a', 0.5))
  run.command(momentum('a', 0.6))
  run.command({ cid: 'b', module: 'opt', op: 'set_params', params: [1] })
  run.command(momentum('c', 0.7))
  run.command(core('d', 'cancel', { cid: 'c', queued: true }))
  kernel.apply({ step: 0 })
  const told = run.lines().slice(1)
  expect(told.map(({ cid, decision, error, notes }) => [cid, decision, error, notes])).toEqual([
    ['a', 'applied', null, null],
    ['a', 'skipped_noop', null, 'this `cid` is already answered'],
    [
      expect.stringMatching(/^o142-[0-9a-f]{8}$/),
      'rejected',
      expect.stringContaining('`params` must be an object'),
      null,
    ],
    ['c', 'expired', 'cancelled', null],
    ['d', 'applied', null, null],
  ])
})

test('a command whose step has passed is applied late, with its own note first', () => {
  const { run, kernel } = open()
  kernel.apply({ step: 4 })
  run.command(momentum('a', 0.5, { at: { step: 3 }, note: 'why' }))
  run.command(momentum('b', 0.5, { at: { step: 5 }, note: 'why' }))
  kernel.apply({ step: 5 })
  expect(
    run
      .lines()
      .slice(1)
      .map(({ cid, notes }) => [cid, notes]),
  ).toEqual([
    ['a', 'why; late'],
    ['b', 'why'],
  ])
})

test('the lines of a long safe point have a new wall time every 64 commands', () => {
  const { state } = toyTrainer()
  const run = memoryRun()
  const timed: typeof state = Object.create(state, {
    apply: {
      value: (...args: Parameters<typeof state.apply>) => {
        run.world.wallTime++
        return state.apply(...args)
      },
    },
  })
  const kernel = createKernel({ ...run, state: timed, lookMs: 0 })
  for (let i = 0; i < 130; i++) run.command(momentum(`c${i}`, 0.5))
  kernel.apply({ step: 0 })
  const times = run
    .lines()
    .slice(1)
    .map(({ wall_time }) => wall_time)
  expect([...new Set(times)]).toEqual([1000, 1064, 1128])
  expect(times.filter((time) => time === 1000)).toHaveLength(64)
})

test('a safe point takes new commands for 3 ms, which is checked every 16 commands, and leaves the rest to the next', () => {
  const { state } = toyTrainer()
  const run = memoryRun()
  const slow: typeof state = Object.create(state, {
    apply: {
      value: (...args: Parameters<typeof state.apply>) => {
        run.world.now += 0.0625
        return state.apply(...args)
      },
    },
  })
  const kernel = createKernel({ ...run, state: slow, lookMs: 0 })
  for (let i = 0; i < 100; i++) run.command(momentum(`c${i}`, 0.5))
  const counts = [0, 1, 2].map((step) => {
    kernel.apply({ step })
    return run.decisions().length
  })
  expect(counts).toEqual([48, 96, 100])
})

test('a pause begins before further commands are taken, waits 20 ms at a time, and is logged once', () => {
  const waits: unknown[] = []
  const { run, kernel, said } = open({ sleep: { block: (ms) => waits.push(ms) < 3 } })
  run.command(core('p', 'pause'))
  run.command(momentum('a', 0.5))
  run.command(core('r', 'resume'))
  // The rest is taken during the pause, one command after each wait.
  expect(kernel.apply({ step: 0 })).toMatchObject({ paused: false })
  expect(waits).toEqual([20, 20])
  expect(said).toEqual(['paused: this blocks the thread, so no signal handler of the process runs until it resumes'])
  run.command(core('p2', 'pause'))
  expect(kernel.apply({ step: 1 })).toMatchObject({ paused: true })
  expect(waits).toEqual([20, 20, 20])
  // The same pause is not logged again, and another one is.
  expect(kernel.apply({ step: 2 })).toMatchObject({ paused: true })
  expect(said).toHaveLength(2)
})

test('without a way to wait, a paused kernel returns immediately', async () => {
  const { run, kernel } = open({ sleep: {} })
  run.command(core('p', 'pause'))
  expect(kernel.apply({ step: 0 })).toMatchObject({ paused: true })
  expect(await kernel.applyAsync({ step: 1 })).toMatchObject({ paused: true })
  expect(run.written.state).toMatchObject({ paused: true, step: 1 })
  run.command(core('r', 'resume'))
  expect(await kernel.applyAsync({ step: 2 })).toMatchObject({ paused: false })
})

test('a pause of `applyAsync` waits without blocking, and is logged as such', async () => {
  const waits: number[] = []
  const { run, kernel, said } = open({
    sleep: {
      block: () => {
        throw new Error('it must not block')
      },
      wait: async (ms) => {
        waits.push(ms)
        if (waits.length === 2) run.command(core('r', 'resume'))
      },
    },
  })
  run.command(core('p', 'pause'))
  expect(await kernel.applyAsync({ step: 0 })).toMatchObject({ paused: false })
  expect([waits, said]).toEqual([[20, 20], ['paused']])
})

test('the files are checked every 100 ms, not at each safe point', () => {
  const counts = { commands: 0, ledger: 0, freeze: 0 }
  const run = memoryRun()
  const kernel = createKernel({
    ...run,
    commands: { ...run.commands, refresh: () => void counts.commands++ },
    ledger: { ...run.ledger, refresh: () => void counts.ledger++ },
    freeze: { changed: () => false, read: () => null, refresh: () => void counts.freeze++ },
    lookMs: 0,
  })
  kernel.apply({ step: 0 })
  const first = { ...counts }
  for (let step = 1; step < 5; step++) {
    run.world.now += 20
    kernel.apply({ step })
  }
  expect(counts).toEqual(first)
  run.world.now += 20
  kernel.apply({ step: 5 })
  expect(counts).toEqual({ commands: first.commands + 1, ledger: first.ledger + 1, freeze: first.freeze + 1 })
})

test('only the line of a later attempt with another token takes over the directory', () => {
  const attempt = (n: number, token: string): LedgerLine => {
    const run = memoryRun()
    createKernel(run)
    const [line] = run.lines()
    if (line === undefined) throw new Error('a kernel that opens writes a line')
    return { ...line, attempt: n, payload: { n, token, step: null, cut: false } }
  }
  const run = memoryRun()
  createKernel({ ...run }).close()
  const said: string[] = []
  const kernel = createKernel({ ...run, lookMs: 0, log: (message) => said.push(message) })
  const own = String(run.lines().at(-1)?.payload?.['token'])
  const isTaken = (line: LedgerLine): boolean => {
    run.foreign.push(line)
    return kernel.apply({ step: 0 }).superseded
  }
  const other = `${own}x`
  expect([isTaken(attempt(1, other)), isTaken(attempt(2, own)), isTaken(attempt(9, own))]).toEqual([
    false,
    false,
    false,
  ])
  expect(said).toEqual([])
  expect(isTaken(attempt(2, other))).toBe(true)
  expect(said).toEqual([
    'superseded: attempt 2 of another kernel owns this run directory; this one no longer writes to it',
  ])
  run.foreign.push(attempt(7, other))
  kernel.apply({ step: 1 })
  expect(said).toHaveLength(1)
})

test('while the disk is full no commands are taken; all are taken when there is space again', () => {
  const saved: string[] = []
  const { run, kernel } = open({ checkpoints: { save: ({ tag }) => void saved.push(tag) } })
  kernel.apply({ step: 0 })
  run.command(momentum('a', 0.5))
  run.world.isFull = true
  kernel.apply({ step: 1 })
  kernel.save('k')
  run.command(momentum('b', 0.6))
  expect(kernel.apply({ step: 2 })).toMatchObject({ degraded: true })
  expect(saved).toEqual([])
  run.world.isFull = false
  expect(kernel.apply({ step: 3 })).toMatchObject({ degraded: false })
  expect(saved).toEqual(['k'])
  expect(run.decisions()).toEqual([
    ['a', 'applied'],
    ['b', 'applied'],
    ['k1-1', 'applied'],
  ])
})
