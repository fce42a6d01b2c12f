import type { HotModule, ModuleContext, RecipeEntry } from '@hotcb/protocol'
import { parseYaml } from '@hotcb/protocol/yaml'
import { expect, test } from 'vitest'
import { createKernel, type KernelOptions } from '../src/index.ts'
import { type MemoryRun, memoryRun } from './memory-run.ts'
import { toyTrainer } from './run-dir.ts'

const set = (cid: string, momentum: number, more: object = {}): object => ({
  cid,
  module: 'opt',
  op: 'set_params',
  params: { momentum },
  ...more,
})
const cids = (run: MemoryRun): (string | null)[] =>
  run
    .lines()
    .filter(({ cid }) => cid !== null)
    .map(({ cid }) => cid)

/** A run whose ports count their calls. */
function counted(options: KernelOptions = {}) {
  const run = memoryRun()
  const calls: string[] = []
  const commands = {
    ...run.commands,
    look() {
      calls.push('look')
      return run.commands.look()
    },
    refresh: () => void calls.push('refresh commands'),
  }
  const ledger = Object.defineProperties(
    {},
    {
      ...Object.getOwnPropertyDescriptors(run.ledger),
      refresh: { value: () => void calls.push('refresh ledger'), enumerable: true },
    },
  ) as typeof run.ledger
  const freeze = {
    changed: () => false,
    read: () => null,
    refresh: () => void calls.push('refresh freeze'),
  }
  const yaml = {
    changed: () => false,
    read: () => null,
    parse: parseYaml,
    refresh: () => void calls.push('refresh yaml'),
  }
  const kernel = createKernel({ ...run, commands, ledger, freeze, yaml, state: toyTrainer().state, ...options })
  return { run, kernel, take: () => calls.splice(0), calls }
}

test('the files are read every 2 ms, and their identity is checked every 100 ms', () => {
  const { run, kernel, take } = counted()
  kernel.apply({ step: 0 })
  const slow = ['refresh freeze', 'refresh commands', 'refresh ledger', 'refresh yaml']
  expect(take().slice(0, 4)).toEqual(slow)
  const at = (now: number): string[] => {
    run.world.now = now
    kernel.apply({ step: 1 + now })
    return take()
  }
  expect([at(0), at(1.9), at(2), at(3), at(4)].map((calls) => calls.length)).toEqual([0, 0, 1, 0, 1])
  expect(at(99.9)).toEqual(['look'])
  expect(at(102).slice(0, 4)).toEqual(slow)
  expect([at(201), at(203).slice(0, 4)]).toEqual([['look'], slow])
})

test('`lookMs` defines how often the files are read', () => {
  const { run, kernel, take } = counted({ lookMs: 50 })
  kernel.apply({ step: 0 })
  take()
  const isLook = [10, 49, 50, 60, 99, 100].map((now) => {
    run.world.now = now
    kernel.apply({ step: now })
    return take().length > 0
  })
  expect(isLook).toEqual([false, false, true, false, false, true])
})

test('a host can make the next safe point read the files at any time', () => {
  const { kernel, run, take } = counted()
  kernel.apply({ step: 0 })
  run.command(set('a', 0.5))
  take()
  expect([kernel.attention.look(), cids(run)]).toEqual([true, []])
  take()
  kernel.apply({ step: 1 })
  expect([cids(run), take().includes('refresh freeze')]).toEqual([['a'], true])
})

test('a command that waits for its step needs no check of the files', () => {
  const { kernel, run } = counted()
  run.command(set('a', 0.5, { at: { step: 3 } }))
  kernel.apply({ step: 0 })
  expect([kernel.attention.nextStep, kernel.attention.isBusy]).toEqual([3, false])
  kernel.apply({ step: 2 })
  expect(cids(run)).toEqual([])
  kernel.apply({ step: 3 })
  expect([cids(run), kernel.attention.nextStep]).toEqual([['a'], Number.POSITIVE_INFINITY])
})

test('a run is busy while a request waits, it is paused, or its disk is full', () => {
  const { kernel, run } = counted()
  kernel.apply({ step: 0 })
  expect(kernel.attention.isBusy).toBe(false)
  kernel.submit({ module: 'opt', op: 'set_params', params: { momentum: 0.5 } })
  expect(kernel.attention.isBusy).toBe(true)
  run.world.isFull = true
  kernel.apply({ step: 1 })
  kernel.apply({ step: 2 })
  expect(kernel.attention.isBusy).toBe(true)
  run.world.isFull = false
  kernel.apply({ step: 3 })
  kernel.apply({ step: 4 })
  expect(kernel.attention.isBusy).toBe(false)
})

test('a host that acts for the other ranks reports their loss: no more commands are taken', () => {
  const hostRanks = { worldSize: 4, lost: null as string | null }
  const { kernel, run } = counted({ hostRanks })
  kernel.apply({ step: 0 })
  expect(run.written.state).toMatchObject({ ranks: { world_size: 4, lost: null } })
  hostRanks.lost = 'rank 2 has ended'
  expect(kernel.attention.isBusy).toBe(true)
  run.command(set('a', 0.5))
  kernel.apply({ step: 1 })
  run.world.now = 5000
  kernel.apply({ step: 2 })
  expect(run.lines().slice(1)).toMatchObject([
    {
      op: 'collective',
      decision: 'failed',
      error: 'the ranks cannot be reached and no more commands are accepted: rank 2 has ended',
    },
  ])
  expect([kernel.attention.isBusy, cids(run)]).toEqual([false, []])
  expect(run.written.state).toMatchObject({ ranks: { world_size: 4, lost: 'rank 2 has ended' } })
})

test('new commands take at most 3 ms of a safe point, which is checked every 16 commands', () => {
  const run = memoryRun()
  const { state } = toyTrainer()
  const slow: HotModule = {
    name: 'gad',
    applyOp() {
      run.world.now += 1
      return { ok: true, payload: null }
    },
  }
  const kernel = createKernel({ ...run, state, modules: [slow], lookMs: 0 })
  kernel.apply({ step: 0 })
  for (let i = 0; i < 40; i++) run.command({ cid: `c${i}`, module: 'gad', op: 'poke' })
  const counts = [1, 2, 3].map((step) => {
    kernel.apply({ step })
    return cids(run).length
  })
  expect(counts).toEqual([16, 32, 40])
})

test('a module sees the run through its context', () => {
  let context: ModuleContext | null = null
  const seen: unknown[] = []
  const module: HotModule = {
    name: 'probe',
    attach: (given) => {
      context = given
      seen.push(['attach', given.step, given.total, given.isCatchingUp, given.superseded])
    },
    onEvent: (event, env, given) => {
      seen.push([event, env.step, given.channel, given.step, given.total, given.isFrozen, given === context])
    },
    applyOp: (_op, given) => {
      seen.push(['op', given.channel, given.checkpoints])
      return { ok: true, payload: null }
    },
  }
  const freeze = { changed: () => false, read: () => '{"mode":"prod"}' }
  const run = memoryRun()
  const save = (): void => undefined
  const kernel = createKernel({ ...run, modules: [module], freeze, state: toyTrainer().state, checkpoints: { save } })
  kernel.apply({ step: 3, maxSteps: 9 }, ['e'])
  expect(seen).toEqual([
    ['attach', null, null, false, false],
    ['e', 3, 'live', 3, 9, true, true],
  ])
  const given = context as ModuleContext | null
  expect(given?.controls.map(({ param_key }) => param_key)).toContain('lr')
  expect(given !== null && 'runDir' in given).toBe(false)
  expect(given?.checkpoints).toEqual({ canSave: true, canLoad: false })
  const dirs: unknown[] = []
  const where: HotModule = {
    name: 'where',
    attach: ({ runDir, controls, checkpoints }) => void dirs.push(runDir, controls, checkpoints),
  }
  createKernel({ modules: [where], runDir: '/runs/a', checkpoints: { load: () => ({ tag: 'a', step: 0 }) } })
  expect(dirs).toEqual(['/runs/a', [], { canSave: false, canLoad: true }])
})

test('a module that throws when it is attached or closed is reported, and the others are attached and closed', () => {
  const said: string[] = []
  const heard: string[] = []
  const fail = (): never => {
    throw new Error('broken')
  }
  const bad: HotModule = { name: 'bad', attach: fail, close: fail, onSafePoint: fail, flush: fail }
  const good: HotModule = {
    name: 'good',
    attach: () => void heard.push('attach'),
    onSafePoint: () => void heard.push('safe point'),
    close: () => void heard.push('close'),
  }
  const kernel = createKernel({ modules: [bad, good], log: (line) => void said.push(line) })
  kernel.apply({ step: 0 })
  kernel.close()
  kernel.close()
  expect(heard).toEqual(['attach', 'safe point', 'close'])
  expect(said).toEqual([
    'module `bad` could not be attached: broken',
    'module `bad` threw: broken',
    'module `bad` could not be flushed: broken',
    'module `bad` could not be closed: broken',
  ])
})

test('a log that throws does not stop the training', () => {
  const fail = (): never => {
    throw new Error('the log is gone')
  }
  const bad: HotModule = { name: 'bad', onSafePoint: fail }
  expect(createKernel({ modules: [bad], log: fail }).apply({ step: 0 })).toMatchObject({ stop: false })
})

test('if a module throws something unexpected, only its op fails, and the log has the stack', () => {
  const run = memoryRun()
  const said: string[] = []
  const { state } = toyTrainer()
  const broken = {
    ...state,
    resolve: () => {
      throw new Error('a bug')
    },
  }
  const kernel = createKernel({ ...run, state: broken, lookMs: 0, log: (line) => void said.push(line) })
  run.command(set('a', 0.5))
  run.command({ cid: 'b', module: 'core', op: 'resume' })
  kernel.apply({ step: 0 })
  expect(run.lines().slice(1)).toMatchObject([
    { cid: 'a', decision: 'failed', error: 'a bug', traceback: expect.stringContaining('Error: a bug') },
    { cid: 'b', decision: 'skipped_noop' },
  ])
  expect([said.length, said[0]]).toEqual([1, expect.stringMatching(/^opt set_params threw: Error: a bug/)])
  expect(kernel.deciding).toBeNull()
})

test('an attempt is identified by 16 digits, from the random numbers of the host', () => {
  const tokenOf = (options: KernelOptions): unknown => {
    const run = memoryRun()
    createKernel({ ...run, ...options })
    return run.lines()[0]?.payload?.['token']
  }
  const draws = [0.5, 1 / 2 ** 32]
  expect(tokenOf({ random: () => draws.shift() ?? 0 })).toBe('8000000000000001')
  expect(tokenOf({})).toBe('0000000000000000')
})

test('steps that go back without a load are used as given, with a note', () => {
  const said: string[] = []
  const kernel = createKernel({ log: (line) => void said.push(line) })
  for (const step of [5, 5, 6, 3, 4]) kernel.apply({ step })
  expect(said).toEqual(['step 3 came after step 6; it is used as given'])
})

test('entries of a recipe for the end of a call are applied after the events, also with `applyAsync`', async () => {
  const entry = (step: number, more: object, momentum: number): RecipeEntry => ({
    at: { step, event: null, ...more },
    module: 'opt',
    op: 'set_params',
    id: 'main',
    params: { momentum },
  })
  const entries = [
    entry(1, { call: 0, after: true }, 0.1),
    entry(1, { call: 1, end: true }, 0.2),
    entry(2, { end: true }, 0.3),
    entry(2, { call: 1 }, 0.4),
  ]
  for (const how of ['apply', 'applyAsync'] as const) {
    const run = memoryRun()
    const { optimizer, state } = toyTrainer()
    const seen: unknown[] = []
    const kernel = createKernel({
      ...run,
      state,
      modules: [{ name: 'probe', onEvent: () => void seen.push(optimizer.paramGroups[0]?.momentum) }],
      freeze: { changed: () => false, read: () => '{"mode":"replay"}' },
      recipes: { load: () => ({ ok: true, value: { entries, origins: entries.map(String), notes: [] } }) },
    })
    for (const step of [0, 1, 1, 2, 2, 3]) {
      await kernel[how]({ step }, ['x'])
      seen.push(optimizer.paramGroups[0]?.momentum)
    }
    expect(seen).toEqual([0.9, 0.9, 0.9, 0.1, 0.1, 0.2, 0.2, 0.2, 0.4, 0.3, 0.3, 0.3])
    expect(
      run
        .lines()
        .slice(2)
        .map(({ step, call, after, end }) => [step, call, after, end]),
    ).toEqual([
      [1, 0, true, undefined],
      [1, 1, undefined, true],
      [2, 1, undefined, undefined],
      [2, 1, undefined, true],
    ])
  }
})

test('a freeze that is found in its document gets a line from the kernel, with its author', () => {
  const run = memoryRun()
  let text: string | null = null
  let isNew = false
  const freeze = {
    changed: () => isNew,
    read: () => {
      isNew = false
      return text
    },
  }
  const kernel = createKernel({ ...run, state: toyTrainer().state, freeze, lookMs: 0 })
  kernel.apply({ step: 0 })
  text = '{"mode":"prod","author":"ann"}'
  isNew = true
  kernel.apply({ step: 3 })
  expect(run.lines().at(-1)).toMatchObject({
    step: 3,
    module: 'core',
    op: 'freeze',
    id: 'main',
    source: 'external',
    decision: 'applied',
    author: 'ann',
    notes: 'seen in the document',
    cid: null,
    payload: { mode: 'prod', policy: 'best_effort', step_offset: 0 },
  })
})

test('a change that waits to be re-applied can be reverted before its step, and is then not re-applied', () => {
  const run = memoryRun()
  const first = createKernel({ ...run, state: toyTrainer().state, lookMs: 0 })
  run.command(set('a', 0.5, { at: { step: 5 } }))
  for (let step = 0; step < 7; step++) first.apply({ step })
  first.close()
  const { optimizer, state } = toyTrainer()
  const second = createKernel({ ...run, state, lookMs: 0 })
  second.continueFrom({ step: 2 })
  const seq = run.lines().find(({ cid }) => cid === 'a')?.seq ?? 0
  run.command({ cid: 'r', module: 'core', op: 'revert', params: { seq } })
  for (let step = 2; step < 7; step++) second.apply({ step })
  expect(run.lines().at(-1)).toMatchObject({
    cid: 'r',
    step: 2,
    decision: 'applied',
    payload: {},
    reverts: seq,
    notes: `reverts seq ${seq}; removed before it was re-applied`,
  })
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.9)
  run.command({ cid: 's', module: 'core', op: 'revert' })
  second.apply({ step: 7 })
  expect(run.lines().at(-1)).toMatchObject({ cid: 's', error: 'nothing to revert: no change is in force' })
})

test('a change that was re-applied is reverted like the original change', () => {
  const run = memoryRun()
  const first = createKernel({ ...run, state: toyTrainer().state, lookMs: 0 })
  run.command(set('a', 0.5, { at: { step: 3 } }))
  for (let step = 0; step < 5; step++) first.apply({ step })
  first.close()
  const { optimizer, state } = toyTrainer()
  const second = createKernel({ ...run, state, lookMs: 0 })
  second.continueFrom({ step: 1 })
  for (let step = 1; step < 5; step++) second.apply({ step })
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.5)
  run.command({ cid: 'r', module: 'core', op: 'revert' })
  second.apply({ step: 5 })
  const seq = run.lines().find(({ cid }) => cid === 'a')?.seq
  expect(run.lines().at(-1)).toMatchObject({ cid: 'r', decision: 'applied', reverts: seq, params: { momentum: 0.9 } })
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.9)
})
