import { expect, test } from 'vitest'
import { createKernel, type Kernel, KernelError } from '../src/index.ts'
import { memoryRun } from './memory-run.ts'

/** Calls that are refused with one sentence; the kernel accepts valid calls afterwards. */
const REFUSED: readonly (readonly [string, (kernel: Kernel) => unknown])[] = [
  ['`place.call` must be a whole number >= 0, got -1', (kernel) => kernel.apply({ step: 0 }, [], { call: -1 })],
  ['`place.call` must be a whole number >= 0, got 0.5', (kernel) => kernel.apply({ step: 0 }, [], { call: 0.5 })],
  ['`place.call` must be a whole number >= 0, got undefined', (kernel) => kernel.apply({ step: 0 }, [], {} as never)],
  ['`place.moved` must be a whole number, got 1.5', (kernel) => kernel.apply({ step: 0 }, [], { call: 0, moved: 1.5 })],
  [
    '`place` of `continueFrom` must be {step, call}, whole numbers >= 0, got {"step":1.5,"call":0}',
    (kernel) => kernel.continueFrom({ place: { step: 1.5, call: 0 }, since: 1 }),
  ],
  [
    '`place` of `continueFrom` must be {step, call}, whole numbers >= 0, got {"step":1,"call":-1}',
    (kernel) => kernel.continueFrom({ place: { step: 1, call: -1 }, since: 1 }),
  ],
  [
    '`place` of `continueFrom` must be {step, call}, whole numbers >= 0, got 7',
    (kernel) => kernel.continueFrom({ place: 7 as never, since: 1 }),
  ],
  [
    '`since` of `continueFrom` must be the number of an attempt, got 0',
    (kernel) => kernel.continueFrom({ place: { step: 0, call: 0 }, since: 0 }),
  ],
  [
    '`since` of `continueFrom` must be the number of an attempt, got 1.5',
    (kernel) => kernel.continueFrom({ place: { step: 0, call: 0 }, since: 1.5 }),
  ],
  [
    'the second argument of `continueFrom` must be the snapshot of a checkpoint, got 7',
    (kernel) => kernel.continueFrom({ step: 0 }, 7 as never),
  ],
  [
    'the second argument of `continueFrom` must be the snapshot of a checkpoint, got a list of 0',
    (kernel) => kernel.continueFrom({ step: 0 }, [] as never),
  ],
  [
    'the second argument of `continueFrom` must be the snapshot of a checkpoint, got a checkpoint: write `checkpoint.snapshot`',
    (kernel) => kernel.continueFrom({ step: 0 }, { tag: 'a', dir: 'x' }),
  ],
  // Something that is neither a step nor a takeover.
  [
    '`continueFrom` must be given the step to train next, such as `continueFrom({ step: 0 })`, got an object without `step`',
    (kernel) => kernel.continueFrom({ place: { step: 0, call: 0 } } as never),
  ],
]

test.each(REFUSED)('%s', (sentence, call) => {
  const kernel = createKernel({ ...memoryRun() })
  expect(() => call(kernel)).toThrow(new KernelError('bad-call', sentence))
  expect(kernel.continueFrom({ step: 0 }).stop).toBe(false)
  expect(kernel.apply({ step: 0 }).stop).toBe(false)
})

test('`applyAsync` refuses the same places', async () => {
  const kernel = createKernel({ ...memoryRun() })
  await expect(kernel.applyAsync({ step: 0 }, [], { call: -1 })).rejects.toThrow(
    new KernelError('bad-call', '`place.call` must be a whole number >= 0, got -1'),
  )
  await expect(kernel.applyAsync({ step: 0 }, [], { call: 1, moved: -1 })).resolves.toMatchObject({ stop: false })
})

test('a later call of `applyAsync` without a step counts as another one of the last step', async () => {
  const seen: unknown[] = []
  const ear = { name: 'ear', onEvent: (event: string, env: { step: number }) => void seen.push([event, env.step]) }
  const said: string[] = []
  const kernel = createKernel({ modules: [ear], log: (message) => said.push(message) })
  await kernel.applyAsync({ step: 3 }, ['a'])
  await kernel.applyAsync({} as never, ['b'])
  expect(seen).toEqual([
    ['a', 3],
    ['b', 3],
  ])
  expect(said).toHaveLength(1)
})

test('a kernel is continued once, before its first `apply`', () => {
  const closed = new KernelError('closed', '`continueFrom` must be called once, before the first `apply`')
  const twice = createKernel({ ...memoryRun() })
  twice.continueFrom({ step: 0 })
  expect(() => twice.continueFrom({ step: 0 })).toThrow(closed)
  const late = createKernel({ ...memoryRun() })
  late.apply({ step: 0 })
  expect(() => late.continueFrom({ place: { step: 0, call: 0 }, since: 1 })).toThrow(closed)
})

test('a snapshot may be absent or null, and one without `dir` is not a checkpoint', () => {
  for (const snapshot of [undefined, null, {}, { tag: 'a' }, { dir: 'x' }]) {
    expect(createKernel({ ...memoryRun() }).continueFrom({ step: 0 }, snapshot).stop).toBe(false)
  }
})

test('the properties of a kernel follow its run', () => {
  const run = memoryRun()
  const kernel = createKernel({ ...run, lookMs: 0 })
  expect([kernel.seq, kernel.attempt, kernel.deciding, kernel.signal.aborted]).toEqual([1, 1, null, false])
  run.command({ cid: 'a', module: 'core', op: 'stop', params: { reason: 'enough' } })
  expect(kernel.apply({ step: 0 }).stop).toBe(true)
  expect([kernel.seq, kernel.signal.aborted, kernel.signal.reason]).toEqual([2, true, 'enough'])
})

test('`save` requests a checkpoint, with a tag only if it has one', () => {
  const run = memoryRun()
  const tags: string[] = []
  const kernel = createKernel({ ...run, checkpoints: { save: ({ tag }) => void tags.push(tag) }, lookMs: 0 })
  kernel.save('best')
  kernel.save()
  kernel.apply({ step: 4 })
  expect(tags).toEqual(['best', 'step-5'])
  expect(
    run
      .lines()
      .slice(1)
      .map(({ params }) => params),
  ).toEqual([{ action: 'save', tag: 'best' }, { action: 'save' }])
})
