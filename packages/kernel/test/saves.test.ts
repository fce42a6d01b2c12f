import type { HotModule } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { type CheckpointPort, createKernel, type KernelOptions, RecipeError } from '../src/index.ts'
import { memoryRun } from './memory-run.ts'
import { toyTrainer } from './run-dir.ts'

const save = (tag: string, more: object = {}): object => ({
  cid: tag,
  module: 'core',
  op: 'checkpoint',
  params: { tag },
  ...more,
})

/** A kernel whose ports record what they do. */
function trainer(checkpoints: CheckpointPort, options: KernelOptions = {}) {
  const run = memoryRun()
  const done: string[] = []
  const { flush, append } = run.ledger
  const ledger = Object.defineProperties(
    {},
    {
      ...Object.getOwnPropertyDescriptors(run.ledger),
      append: { value: (...given: Parameters<typeof append>) => append(...given) },
      flush: { value: () => flush() },
      sync: { value: () => void done.push('sync') },
      close: { value: () => void done.push('close ledger') },
    },
  ) as typeof run.ledger
  const said: string[] = []
  const kernel = createKernel({
    ...run,
    ledger,
    state: toyTrainer().state,
    lookMs: 0,
    log: (line) => void said.push(line),
    checkpoints,
    ...options,
  })
  const outcomes = (): unknown[] =>
    run
      .lines()
      .filter(({ cid }) => cid !== null)
      .map(({ cid, decision, error }) => [cid, decision, error])
  return { run, kernel, done, said, outcomes }
}

test('a save has the state of the modules after the events of its step, and the ledger is on disk before it', () => {
  const heard: string[] = []
  const module: HotModule = {
    name: 'gad',
    onEvent: (event) => void heard.push(event),
    flush: () => void heard.push('flush'),
    snapshot: () => [...heard],
  }
  const seen: unknown[] = []
  const one = trainer(
    { save: ({ modules, kernel }) => void seen.push(modules, kernel, [...one.done]) },
    { modules: [module] },
  )
  one.run.command(save('a', { author: 'ann', source: 'cli' }))
  one.kernel.apply({ step: 4 }, ['x', 'y'])
  expect(seen).toEqual([
    { gad: ['x', 'y', 'flush'] },
    expect.objectContaining({ seq: 1, at: { step: 4, call: 0, after: false, end: false }, submitted: [] }),
    ['sync'],
  ])
})

test('saves whose handlers return promises are made one after another, and later ones wait for them', async () => {
  const order: string[] = []
  const one = trainer({
    save: async ({ tag }) => {
      order.push(`${tag} begins`)
      await new Promise((resolve) => setImmediate(resolve))
      if (tag === 'b') throw new Error('no space')
      order.push(`${tag} ends`)
    },
  })
  for (const tag of ['a', 'b', 'c']) one.run.command(save(tag))
  await one.kernel.applyAsync({ step: 0 })
  expect(order).toEqual(['a begins', 'a ends', 'b begins', 'c begins', 'c ends'])
  expect(one.outcomes()).toEqual([
    ['a', 'applied', null],
    ['b', 'failed', '`save` failed: no space'],
    ['c', 'applied', null],
  ])
  expect(one.run.lines().find(({ cid }) => cid === 'b')?.traceback).toContain('Error: no space')
  expect(one.kernel.deciding).toBeNull()
})

test('a handler that returns a promise in `apply` fails, since nothing waits for it', async () => {
  const signals: boolean[] = []
  const one = trainer({
    save: async ({ signal }) => {
      await Promise.resolve()
      signals.push(signal.aborted)
      throw new Error('abandoned')
    },
  })
  one.run.command(save('a'))
  one.kernel.apply({ step: 0 })
  await new Promise((resolve) => setImmediate(resolve))
  expect([signals, one.outcomes()]).toEqual([
    [true],
    [['a', 'failed', '`save` returned a promise: call `applyAsync` instead of `apply`']],
  ])
})

test('a save during a pause is made immediately, before later decisions in that pause', () => {
  const seen: unknown[] = []
  const one = trainer({ save: ({ tag, kernel }) => void seen.push(tag, kernel['at']) })
  one.run.command({ cid: 'p', module: 'core', op: 'pause' })
  one.run.waits.push(
    () => one.run.command(save('a')),
    () => one.run.command({ cid: 'set', module: 'opt', op: 'set_params', params: { momentum: 0.5 } }),
    () => one.run.command(save('b')),
    () => one.run.command({ cid: 'r', module: 'core', op: 'resume' }),
  )
  one.kernel.apply({ step: 4 }, ['x'])
  expect(seen).toEqual([
    'a',
    { step: 4, call: 0, after: false, end: false },
    'b',
    { step: 4, call: 0, after: true, end: false },
  ])
  expect(one.run.lines().map(({ cid, after }) => [cid, after])).toEqual([
    [null, undefined],
    ['p', undefined],
    ['a', undefined],
    ['set', true],
    ['b', true],
    ['r', true],
  ])
})

test('a snapshot contains the undecided requests, and the ledger is on disk', () => {
  const one = trainer({})
  one.kernel.apply({ step: 2 })
  one.kernel.submit({ module: 'opt', op: 'set_params', params: { momentum: 0.5 }, note: 'why', expires: { step: 9 } })
  expect(one.kernel.snapshot()).toMatchObject({
    modules: {},
    kernel: {
      seq: 1,
      submitted: [
        {
          module: 'opt',
          op: 'set_params',
          params: { momentum: 0.5 },
          channel: 'live',
          source: 'trainer',
          author: null,
          note: 'why',
          cid: 'k1-1',
          expect: null,
          expires: { step: 9 },
        },
      ],
    },
  })
  expect(one.done).toEqual(['sync'])
})

test('a close writes what is pending, the last document, and closes each file once', () => {
  const closed: string[] = []
  const port = (name: string) => ({ changed: () => false, read: () => null, close: () => void closed.push(name) })
  const one = trainer({}, { freeze: port('freeze') })
  one.kernel.apply({ step: 7 })
  one.run.world.isFull = true
  one.run.command({ cid: 'a', module: 'opt', op: 'set_params', params: { momentum: 0.5 } })
  one.kernel.apply({ step: 8 })
  expect(one.outcomes()).toEqual([])
  one.run.world.isFull = false
  one.kernel.close()
  one.kernel.close()
  expect(one.outcomes()).toEqual([['a', 'applied', null]])
  expect([one.done, closed]).toEqual([['sync', 'close ledger'], ['freeze']])
  expect(one.run.written.state).toMatchObject({ closed: true, step: 8, taken: {} })
  expect(one.kernel.apply({ step: 9 })).toEqual(one.kernel.apply({ step: 9 }))
})

test.each([
  ['strict', 'strict_policy_missed', true],
  ['best_effort', 'best_effort_missed', false],
])(
  'entries of a recipe that were never reached are failed lines at close under %s, noted %s, and an error: %s',
  (policy, notes, isError) => {
    const entry = (step: number, event: string | null) => ({
      at: { step, event },
      module: 'opt',
      op: 'set_params',
      id: 'main',
      params: { momentum: 0.5 },
    })
    const entries = [entry(5, null), entry(6, 'val_end')]
    const one = trainer(
      {},
      {
        freeze: { changed: () => false, read: () => JSON.stringify({ mode: 'replay', policy }) },
        recipes: { load: () => ({ ok: true, value: { entries, origins: ['a:1', 'a:2'], notes: ['a note'] } }) },
      },
    )
    one.kernel.apply({ step: 0 })
    let thrown: unknown = null
    try {
      one.kernel.close()
    } catch (error) {
      thrown = error
    }
    expect(one.said).toEqual(['a note'])
    expect(one.run.lines().slice(-2)).toMatchObject([
      { decision: 'failed', error: 'missed_step:5:any', source: 'replay', notes, event: null },
      {
        decision: 'failed',
        error: 'missed_step:6:val_end',
        source: 'replay',
        notes,
        event: 'val_end',
      },
    ])
    if (!isError) expect(thrown).toBeNull()
    else {
      expect(thrown).toBeInstanceOf(RecipeError)
      const problems = [5, 6].map((step) => `step ${step}: opt set_params was never reached`)
      expect(thrown).toMatchObject({
        code: 'recipe',
        name: 'KernelError',
        problems,
        message: `strict replay policy: 2 problems: ${problems.join('; ')}`,
      })
    }
  },
)

test('an error of a strict replay shows one problem, or the first three of several', () => {
  expect(new RecipeError(['a']).message).toBe('strict replay policy: one problem: a')
  expect(new RecipeError(['a', 'b', 'c']).message).toBe('strict replay policy: 3 problems: a; b; c')
  expect(new RecipeError(['a', 'b', 'c', 'd']).message).toBe('strict replay policy: 4 problems: a; b; c; …')
})

test('a recipe entry that fails is a problem of a strict replay, with its step', () => {
  const at = { step: 1, event: null }
  const entry = { at, module: 'gad', op: 'poke', id: 'main', params: null }
  const module: HotModule = { name: 'gad', applyOp: () => ({ ok: false, error: 'stuck' }) }
  const one = trainer(
    {},
    {
      modules: [module],
      freeze: { changed: () => false, read: () => '{"mode":"replay","policy":"strict"}' },
      recipes: { load: () => ({ ok: true, value: { entries: [entry], origins: ['a:1'], notes: [] } }) },
    },
  )
  for (const step of [0, 3]) one.kernel.apply({ step })
  expect(one.run.lines().at(-1)).toMatchObject({ decision: 'failed', error: 'stuck', notes: 'late', source: 'replay' })
  expect(() => one.kernel.close()).toThrow(
    'strict replay policy: 2 problems: step 1: gad poke was late, at step 3; step 3: gad poke: stuck',
  )
})

test('an empty payload is replaced with the params of the request, and is null if both are empty', () => {
  const payloads: unknown[] = [{}, null, { a: 2 }, {}]
  const module: HotModule = {
    name: 'gad',
    applyOp: () => ({ ok: true, payload: payloads.shift() as never, notes: 'said' }),
  }
  const one = trainer({}, { modules: [module] })
  for (const [i, params] of [{ b: 1 }, { b: 1 }, { b: 1 }, {}].entries())
    one.run.command({ cid: `c${i}`, module: 'gad', op: 'poke', params })
  one.kernel.apply({ step: 0 })
  expect(
    one.run
      .lines()
      .slice(1)
      .map(({ payload, notes }) => [payload, notes]),
  ).toEqual([
    [{ b: 1 }, 'said'],
    [{ b: 1 }, 'said'],
    [{ a: 2 }, 'said'],
    [null, 'said'],
  ])
})
