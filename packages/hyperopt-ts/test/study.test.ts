import { expect, expectTypeOf, test } from 'vitest'
import { branch, choice, createStudy, float, int, memoryStorage, randomSampler, StudyError } from '../src/index.ts'

const space = {
  x: float(-5, 10),
  lr: float(1e-5, 1, { log: true }),
  depth: int(1, 12),
  opt: choice(['sgd', 'adam']),
  head: branch({ linear: {}, mlp: { width: int(8, 256) } }),
}

function open(seed = 1) {
  return createStudy({ space, sampler: randomSampler(), seed })
}

function codeOf(run: () => void): string | undefined {
  try {
    run()
  } catch (error) {
    return error instanceof StudyError ? error.code : String(error)
  }
  return undefined
}

test('what is suggested has the types of the space', () => {
  const { params } = open().ask()
  expectTypeOf(params.x).toEqualTypeOf<number>()
  expectTypeOf(params.opt).toEqualTypeOf<'sgd' | 'adam'>()
  expectTypeOf(params.head.kind).toEqualTypeOf<'linear' | 'mlp'>()
  if (params.head.kind === 'mlp') expectTypeOf(params.head.width).toEqualTypeOf<number>()
  expect(Object.keys(params)).toEqual(['x', 'lr', 'depth', 'opt', 'head'])
})

test('asking and telling keeps the trials and the best of them', () => {
  const study = open()
  expect(study.best).toBeUndefined()
  for (const value of [3, 1, 2, 1]) study.tell(study.ask(), value)
  expect(study.trials.map((trial) => [trial.number, trial.state, trial.value])).toEqual([
    [0, 'complete', 3],
    [1, 'complete', 1],
    [2, 'complete', 2],
    [3, 'complete', 1],
  ])
  expect(study.best?.number).toBe(1)
})

test('the best of a study that maximizes is the largest value', () => {
  const study = createStudy({ space, sampler: randomSampler(), direction: 'maximize' })
  for (const value of [3, -Infinity, 7]) study.tell(study.ask(), value)
  expect(study.best?.value).toBe(7)
})

test('the same seed gives the same trials and another seed gives others', () => {
  const params = (seed: number) => {
    const study = open(seed)
    return Array.from({ length: 20 }, () => study.ask().params)
  }
  expect(params(5)).toEqual(params(5))
  expect(params(5)).not.toEqual(params(6))
})

test('telling twice is an error and changes nothing', () => {
  const study = open()
  const trial = study.ask()
  study.tell(trial, 1)
  expect(codeOf(() => study.tell(trial, 2))).toBe('already-told')
  expect(() => study.tell(trial, 2)).toThrow('trial 0 was told before and is complete, tell a trial once')
  expect(study.trials[0]?.value).toBe(1)
})

test("a stranger's trial is refused though its number is known", () => {
  const study = open(1)
  study.ask()
  const stranger = open(1).ask()
  expect(codeOf(() => study.tell(stranger, 1))).toBe('unknown-trial')
  expect(codeOf(() => study.tell(7, 1))).toBe('unknown-trial')
  expect(codeOf(() => study.tell({ ...stranger, params: { ...stranger.params, x: 0 } }, 1))).toBe('unknown-trial')
  expect(study.trials[0]?.state).toBe('running')
})

test('a trial that went through JSON can be told', () => {
  const study = open()
  study.tell(JSON.parse(JSON.stringify(study.ask())), 4)
  expect(study.best?.value).toBe(4)
})

test('NaN is a failure that says so, infinity is a value', () => {
  const study = open()
  study.tell(study.ask(), Number.NaN)
  study.tell(study.ask(), Infinity)
  study.tell(study.ask(), 'failed', 'out of memory')
  study.tell(study.ask(), 'pruned')
  expect(study.trials.map(({ state, value, reason }) => ({ state, value, reason }))).toEqual([
    { state: 'failed', value: undefined, reason: 'the value is NaN' },
    { state: 'complete', value: Infinity, reason: undefined },
    { state: 'failed', value: undefined, reason: 'out of memory' },
    { state: 'pruned', value: undefined, reason: undefined },
  ])
  expect(study.best?.number).toBe(1)
})

test('an outcome that is none is a TypeError', () => {
  const study = open()
  const trial = study.ask()
  expect(() => study.tell(trial, '3' as unknown as number)).toThrow(
    new TypeError("`outcome` must be a number, 'failed' or 'pruned', got 3"),
  )
  expect(trial.state).toBe('running')
})

test('enqueued parameters come first, what they leave out is drawn', () => {
  const study = open()
  study.enqueue({ x: 2.5, head: { kind: 'mlp', width: 64 } })
  study.enqueue({ head: { kind: 'linear' }, opt: 'adam' })
  const [first, second, third] = [study.ask(), study.ask(), study.ask()]
  expect(first.params).toMatchObject({ x: 2.5, head: { kind: 'mlp', width: 64 } })
  expect(Object.keys(first.params).sort()).toEqual(Object.keys(space).sort())
  expect(second.params).toMatchObject({ head: { kind: 'linear' }, opt: 'adam' })
  expect(third.params).toEqual(
    (() => {
      const other = open()
      other.ask()
      other.ask()
      return other.ask().params
    })(),
  )
})

test('parameters outside of the space cannot be enqueued', () => {
  const study = open()
  expect(() => study.enqueue({ x: 11 })).toThrow(new RangeError('`x` must be from -5 to 10, got 11'))
  expect(() => study.enqueue({ depth: 2.5 })).toThrow('`depth` must be on the grid of step 1, got 2.5')
  expect(() => study.enqueue({ opt: 'rmsprop' as 'sgd' })).toThrow('`opt` must be one of "sgd", "adam", got "rmsprop"')
  expect(() => study.enqueue({ y: 1 } as object)).toThrow('`y` is not in the space')
  expect(() => study.enqueue({ head: { kind: 'linear', width: 3 } as { kind: 'linear' } })).toThrow(
    '`head.width` is not in the space, which has nothing there',
  )
})

test('a known trial counts like one that was asked for', () => {
  const study = open()
  const params = { x: 1, lr: 0.1, depth: 3, opt: 'sgd', head: { kind: 'linear' } } as const
  study.add({ params, outcome: 0.5 })
  expect(study.best?.params).toEqual(params)
  expect(() => study.add({ params: { x: 1 } as typeof params, outcome: 1 })).toThrow(
    new TypeError('`params` must have a value for `lr`, `depth`, `opt`, `head`'),
  )
})

test('studies on one storage share their trials, each number given once', () => {
  const storage = memoryStorage()
  const [a, b] = [1, 2].map((seed) => createStudy({ space, sampler: randomSampler(), seed, storage }))
  if (!a || !b) throw new Error('unreachable: two studies')
  const trials = [a.ask(), b.ask(), a.ask()]
  expect(trials.map((trial) => trial.number)).toEqual([0, 1, 2])
  b.tell(trials[0] as (typeof trials)[0], 1)
  expect(codeOf(() => a.tell(0, 2))).toBe('already-told')
  expect(a.best?.value).toBe(1)
})

test('a storage of another space or direction is refused', () => {
  const storage = memoryStorage()
  createStudy({ space, sampler: randomSampler(), storage })
  expect(codeOf(() => createStudy({ space: { x: float(0, 1) }, sampler: randomSampler(), storage }))).toBe(
    'other-study',
  )
  expect(codeOf(() => createStudy({ space, sampler: randomSampler(), storage, direction: 'maximize' }))).toBe(
    'other-study',
  )
})

test('the parameters of a trial cannot be changed', () => {
  const trial = open().ask()
  expect(() => Object.assign(trial.params, { x: 0 })).toThrow(TypeError)
})

test('options that make no study are refused', () => {
  const sampler = randomSampler()
  expect(() => createStudy({ space: {}, sampler })).toThrow(
    new RangeError('`space` must have at least one parameter, got none'),
  )
  expect(() => createStudy({ space, sampler, seed: -1 })).toThrow(
    new RangeError('`seed` must be a whole number >= 0, got -1'),
  )
  expect(() => createStudy({ space, sampler, direction: 'up' as 'minimize' })).toThrow(
    new RangeError("`direction` must be 'minimize' or 'maximize', got up"),
  )
  expect(() => createStudy({ space, sampler: undefined as unknown as typeof sampler })).toThrow(TypeError)
})
