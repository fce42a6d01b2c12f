import type { Json, RecipeEntry, Result } from '@hotcb/protocol'
import type { ReplayPlan } from '@hotcb/recipe'
import { expect, test } from 'vitest'
import { createKernel, type Kernel, type KernelOptions, RecipeError } from '../src/index.ts'
import { type MemoryRun, memoryRun } from './memory-run.ts'
import { toyTrainer } from './run-dir.ts'

const set = (step: number, momentum: Json, at: object = {}, more: object = {}): RecipeEntry => ({
  at: { step, event: null, ...at },
  module: 'opt',
  op: 'set_params',
  id: 'main',
  params: { momentum },
  ...more,
})

function plan(entries: readonly RecipeEntry[], notes: readonly string[] = []): Result<ReplayPlan> {
  return { ok: true, value: { entries, origins: entries.map((_, i) => `r.jsonl:${i + 1}`), notes } }
}

interface Replay {
  readonly run: MemoryRun
  readonly kernel: Kernel
  readonly said: string[]
  readonly optimizer: ReturnType<typeof toyTrainer>['optimizer']
  /** Lines of the ledger without those that open an attempt. */
  told(): readonly (readonly unknown[])[]
}

function follow(recipe: Result<ReplayPlan> | null, options: KernelOptions = {}, policy = 'best_effort'): Replay {
  const run = memoryRun()
  const said: string[] = []
  const { optimizer, state } = toyTrainer()
  const kernel = createKernel({
    ...run,
    state,
    lookMs: 0,
    freeze: { changed: () => false, read: () => JSON.stringify({ mode: 'replay', policy }) },
    ...(recipe !== null && { recipes: { load: () => recipe } }),
    log: (message) => said.push(message),
    ...options,
  })
  const told = () =>
    run
      .lines()
      .filter(({ op }) => op !== 'attempt')
      .map(({ op, step, decision, params, event, error, notes }) => [op, step, decision, params, event, error, notes])
  return { run, kernel, said, optimizer, told }
}

test('a kernel without recipes cannot follow one: the run stops, and the line states why', () => {
  const { kernel, run } = follow(null)
  expect(kernel.continueFrom({ step: 0 }).stop).toBe(true)
  const error = 'mode replay needs a recipe, but this kernel has none'
  expect(run.lines().at(-1)).toMatchObject({
    module: 'core',
    op: 'freeze',
    id: 'main',
    source: 'kernel',
    decision: 'failed',
    error,
    payload: { mode: 'replay', policy: 'best_effort' },
  })
  expect(run.lines().at(-1)?.params).toMatchObject({ mode: 'replay' })
  expect(kernel.apply({ step: 0 }).stop).toBe(true)
  kernel.close()
})

test('a recipe that cannot be read fails a strict replay at close, with the reason', () => {
  const { kernel } = follow({ ok: false, reason: 'r.jsonl:1: not JSON' }, {}, 'strict')
  expect(kernel.continueFrom({ step: 0 }).stop).toBe(true)
  expect(() => kernel.close()).toThrow(new RecipeError(['r.jsonl:1: not JSON']))
})

test('entries are applied at their steps, events and calls, in order, and stored as the effective recipe', () => {
  const entries = [
    set(0, 0.1),
    set(1, 0.2, { event: 'val_end' }),
    set(1, 0.3, { call: 2 }),
    set(2, 0.4, { call: 0, after: true }),
    set(2, 0.5, { call: 0, end: true }),
  ]
  const written: unknown[] = []
  const recipes = {
    load: () => plan(entries, ['a patch matches nothing']),
    writeEffective: (all: unknown) => written.push(all),
  }
  const { kernel, told, said } = follow(null, { recipes })
  kernel.continueFrom({ step: 0 })
  kernel.apply({ step: 0 })
  kernel.apply({ step: 1 }, ['x'])
  kernel.apply({ step: 1 }, ['val_end'])
  kernel.apply({ step: 1 }, ['x'])
  kernel.apply({ step: 2 }, ['x'])
  kernel.close()
  expect(told().map(([, step, decision, params, event]) => [step, decision, params, event])).toEqual([
    [0, 'applied', { momentum: 0.1 }, null],
    [1, 'applied', { momentum: 0.2 }, 'val_end'],
    [1, 'applied', { momentum: 0.3 }, 'x'],
    [2, 'applied', { momentum: 0.4 }, expect.anything()],
    [2, 'applied', { momentum: 0.5 }, null],
  ])
  expect(written).toEqual([entries])
  expect(said).toEqual(['a patch matches nothing'])
})

test('a recipe that cannot be stored as the effective one is followed anyway, with one log line', () => {
  const recipes = {
    load: () => plan([set(0, 0.1)]),
    writeEffective: () => {
      throw new Error('disk full')
    },
  }
  const { kernel, said, optimizer } = follow(null, { recipes })
  kernel.continueFrom({ step: 0 })
  kernel.apply({ step: 0 })
  expect(said).toEqual(['the effective recipe cannot be written: disk full'])
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.1)
})

test('a start in the middle follows the entries from its step on, and those for the end of the step before it', () => {
  const entries = [
    set(3, 0.1),
    set(4, 0.2, { end: true, call: 1 }),
    set(4, 0.3),
    set(5, 0.4),
    set(3, 0.5, { end: true }),
  ]
  const { kernel, told, run } = follow(plan(entries))
  kernel.continueFrom({ step: 5 })
  const [end] = run.lines().slice(-1)
  expect([end?.step, end?.call, end?.end, end?.params]).toEqual([4, 1, true, { momentum: 0.2 }])
  kernel.apply({ step: 5 })
  kernel.close()
  expect(told().map(([, step, , params]) => [step, params])).toEqual([
    [4, { momentum: 0.2 }],
    [5, { momentum: 0.4 }],
  ])
  expect(run.lines().at(-1)).toMatchObject({ step: 5, call: 0 })
})

test('a snapshot that includes the end of its step does not repeat the entries for it', () => {
  const entries = [set(4, 0.2, { end: true, call: 0 }), set(5, 0.4)]
  const at = { step: 4, call: 0, after: false, end: true }
  const { kernel, told } = follow(plan(entries))
  kernel.continueFrom({ step: 5 }, { modules: {}, kernel: { seq: 0, at, token: 't', submitted: [] } })
  kernel.apply({ step: 5 })
  expect(told().map(([, step, , params]) => [step, params])).toEqual([[5, { momentum: 0.4 }]])
})

test('all mismatches are reported in the order of the recipe, at most five of them', () => {
  const wrong = (count: number): RecipeEntry[] => Array.from({ length: count }, (_, i) => set(i, 7 + i))
  const must = (i: number): string =>
    `r.jsonl:${i}: step ${i - 1}: opt set_params: \`momentum\` must be between 0 and 1, got ${6 + i}`
  const errorOf = (entries: readonly RecipeEntry[], options: KernelOptions = {}): unknown => {
    const { kernel, run } = follow(plan(entries), options)
    kernel.continueFrom({ step: 0 })
    return run.lines().at(-1)?.error
  }
  const [first, ...rest] = [1, 2, 3, 4, 5].map(must)
  expect(errorOf(wrong(1))).toBe(`the recipe does not match this trainer: ${first}`)
  expect(errorOf(wrong(5))).toBe(`the recipe does not match this trainer: ${[first, ...rest].join('; ')}`)
  expect(errorOf(wrong(8))).toBe(`the recipe does not match this trainer: ${[first, ...rest].join('; ')}; and 3 more`)
  const load = { action: 'load', tag: 'a', set: { opt: { lr: 9 } } }
  const mixed = [
    set(0, 7),
    set(1, 0.5, {}, { module: 'cb' }),
    set(2, 0.5),
    set(3, 0, {}, { module: 'core', op: 'checkpoint', params: load }),
    set(4, 11),
  ]
  expect(errorOf(mixed)).toBe(
    `the recipe does not match this trainer: ${must(1)}; r.jsonl:2: module \`cb\` is needed, but this trainer does not have it; r.jsonl:4: \`set.opt.lr\` must be between 1e-7 and 1, got 9; ${must(5)}`,
  )
  // A module of the trainer checks its own ops when they are due.
  const modules = [{ name: 'cb', applyOp: () => ({ ok: true as const, payload: null }) }]
  expect(errorOf(mixed.slice(1, 3), { modules })).toBe(null)
})

test('a trainer without controls does not match a recipe that sets some', () => {
  const run = memoryRun()
  const freeze = { changed: () => false, read: () => '{"mode":"replay"}' }
  const kernel = createKernel({ ...run, freeze, recipes: { load: () => plan([set(0, 0.5), set(1, 0.5)]) } })
  expect(kernel.continueFrom({ step: 0 }).stop).toBe(true)
  expect(run.lines().at(-1)?.error).toBe(
    'the recipe does not match this trainer: r.jsonl:1: this trainer has no controls; r.jsonl:2: this trainer has no controls',
  )
})

test('an entry that came late or was never reached is recorded, and is an error in a strict replay', () => {
  const entries = [set(1, 0.1, { event: 'val_end' }), set(9, 0.2, { event: 'val_end' }), set(9, 0.3)]
  for (const policy of ['strict', 'best_effort']) {
    const { kernel, told, run } = follow(plan(entries), {}, policy)
    kernel.continueFrom({ step: 0 })
    for (let step = 0; step < 4; step++) kernel.apply({ step }, ['train_step_end'])
    if (policy === 'strict') {
      expect(() => kernel.close()).toThrow(
        new RecipeError([
          'step 1: opt set_params was late, at step 2',
          'step 9: opt set_params was never reached',
          'step 9: opt set_params was never reached',
        ]),
      )
    } else kernel.close()
    const missed = policy === 'strict' ? 'strict_policy_missed' : 'best_effort_missed'
    expect(told()).toEqual([
      ['set_params', 2, 'applied', { momentum: 0.1 }, 'val_end', null, 'late'],
      ['set_params', 3, 'failed', { momentum: 0.2 }, 'val_end', 'missed_step:9:val_end', missed],
      ['set_params', 3, 'failed', { momentum: 0.3 }, expect.anything(), 'missed_step:9:any', missed],
    ])
    const lines = run.lines().filter(({ op }) => op !== 'attempt')
    expect(lines.map(({ source }) => source)).toEqual(['replay', 'replay', 'replay'])
  }
})

test('a run that leaves the replay mode no longer follows its recipe, and reports no missed entries at close', () => {
  let mode = 'replay'
  let isNew = false
  const freeze = { changed: () => isNew, read: () => JSON.stringify({ mode, policy: 'strict' }) }
  const { kernel, told, run } = follow(plan([set(1, 0.1), set(2, 0.2)]), { freeze })
  kernel.continueFrom({ step: 0 })
  for (let step = 0; step < 2; step++) kernel.apply({ step })
  mode = 'off'
  isNew = true
  run.world.now += 100
  for (let step = 2; step < 4; step++) kernel.apply({ step })
  kernel.close()
  expect(told().map(([op, step, decision]) => [op, step, decision])).toEqual([
    ['set_params', 1, 'applied'],
    ['freeze', 2, 'applied'],
  ])
  expect(run.lines().at(-1)).toMatchObject({
    source: 'external',
    notes: 'seen in the document',
    payload: { mode: 'off' },
    params: { mode: 'off' },
  })
})
