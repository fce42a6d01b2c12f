import { expect, test } from 'vitest'
import { namesIn, readEnvFirst, readPath, readScalars } from '../src/callbacks/env-path.ts'
import {
  count,
  createParams,
  every,
  isTime,
  limit,
  names,
  selection,
  text,
  toggle,
  word,
} from '../src/callbacks/params.ts'
import { createFirstEvent } from '../src/callbacks/safe-point.ts'
import { readTensor, summarize } from '../src/callbacks/tensor.ts'

test('a name refers to the metric with that name, or else the path in env, and `loss` also to `train_loss`', () => {
  const env = {
    step: 0,
    metrics: { acc: 1, 'a.b': 2, train_loss: 3, train_acc: 4 },
    acc: 9,
    a: { b: 8, c: { d: 5 } },
    'a.c': { e: 6 },
    list: [7],
  }
  const paths = [
    'acc',
    'a.b',
    'a.c.d',
    'a.c.e',
    'list.0',
    'loss',
    'train_acc',
    'none',
    'a.none',
    'a.b.none',
    'acc.none',
  ]
  expect(paths.map((path) => readPath(env, path))).toEqual([1, 2, 5, 6, 7, 3, 4, ...Array(4).fill(undefined)])
  expect(readPath({ ...env, loss: 10 }, 'loss')).toBe(10)
  expect(readPath({ step: 0, metrics: { train_acc: 4 } }, 'acc')).toBe(undefined)
  expect(readPath({ step: 3, nothing: null }, 'nothing.a')).toBe(undefined)
  expect(readPath({ step: 3 }, 'step')).toBe(3)
  expect(['acc', 'a.b', 'train_loss', 'none'].map((path) => readEnvFirst(env, path))).toEqual([9, 8, 3, undefined])
})

test('a pattern expands to the metrics that it selects, and each name appears once', () => {
  const env = { step: 0, metrics: { 'val/a': 1, 'val/b': 2, loss: 3 } }
  expect(namesIn(env, ['other', 'val/*', 'val/a', 'loss'])).toEqual(['other', 'val/a', 'val/b', 'loss'])
  expect(namesIn({ step: 0 }, ['val/*', 'loss'])).toEqual(['loss'])
})

test('scalars are numbers, switches as 0 or 1, and the single values of tensors', () => {
  const metrics = {
    number: 1.5,
    on: true,
    off: false,
    tensor: { item: () => 4 },
    words: { item: () => 'no' },
    field: { item: 5 },
    text: '6',
    nothing: null,
    list: [1],
  }
  expect([...readScalars({ step: 0, metrics }, [])]).toEqual([
    ['number', 1.5],
    ['on', 1],
    ['off', 0],
    ['tensor', 4],
  ])
  expect([...readScalars({ step: 0 }, [])]).toEqual([])
})

test('a named scalar may be a field of env, unless the writer has a column with that name', () => {
  const env = { step: 7, epoch: 2, metrics: { acc: 1 } }
  expect([...readScalars(env, ['step', 'epoch', 'acc', 'none'])]).toEqual([
    ['step', 7],
    ['epoch', 2],
    ['acc', 1],
  ])
  expect([...readScalars(env, ['step', 'epoch', 'acc'], ['step'])]).toEqual([
    ['epoch', 2],
    ['acc', 1],
  ])
  expect([...readScalars({ ...env, metrics: { step: 9 } }, ['step'], ['step'])]).toEqual([['step', 9]])
})

test('the first event of each safe point is recognised, even of a second safe point at the same step', () => {
  const isFirst = createFirstEvent()
  const [a, b] = [{ loss: 1 }, { loss: 1 }]
  const events = [
    { step: 0, metrics: a },
    { step: 0, metrics: a },
    { step: 0, metrics: b },
    { step: 1, metrics: b },
    { step: 1 },
    { step: 1 },
    { step: 2 },
  ]
  expect(events.map((env) => isFirst(env))).toEqual([true, false, true, true, true, false, true])
  expect(createFirstEvent()({ step: 0 })).toBe(true)
})

const SPECS = {
  every: every(10),
  window: count(5, 2),
  max: limit(null),
  name: text('a'),
  on: toggle(false),
  paths: names(['x']),
  scalars: selection([]),
  action: word('log', ['log', 'stop']),
}

test('parameters start with their defaults, and read valid values of each kind', () => {
  const params = createParams(SPECS, { id: 'one', window: 3 })
  expect(params.get()).toEqual({
    every: 10,
    window: 3,
    max: null,
    name: 'a',
    on: false,
    paths: ['x'],
    scalars: [],
    action: 'log',
  })
  params.set({
    every: 0,
    window: 2,
    max: 0,
    name: '',
    on: true,
    paths: ' a, b ,,c',
    scalars: 'val/*, loss',
    action: 'stop',
  })
  expect(params.values).toEqual({
    every: 0,
    window: 2,
    max: 0,
    name: '',
    on: true,
    paths: ['a', 'b', 'c'],
    scalars: ['val/*', 'loss'],
    action: 'stop',
  })
  params.set({ max: null, paths: ['d, e'], scalars: [] })
  expect(params.values).toMatchObject({ max: null, paths: ['d, e'], scalars: [] })
})

test.each([
  ['every', [-1, 1.5, '3', null, 2 ** 60]],
  ['window', [1, 2.5, '3', null]],
  ['max', [-0.5, '1', true]],
  ['name', [1, null, ['a']]],
  ['on', [0, 'true', null]],
  ['paths', [1, null, ['a', 1], { a: 1 }]],
  ['scalars', [1, null, [1], ['/(/']]],
  ['action', ['pause', 0, null]],
] as const)('an invalid value for the parameter %s is refused, and nothing is set', (name, wrong) => {
  const params = createParams(SPECS, {})
  for (const value of wrong) {
    expect(() => params.set({ every: 77, [name]: value as never }), String(value)).toThrow(
      new RegExp(`^\`${name}\` must be .+, got .+`),
    )
  }
  expect(params.values.every).toBe(10)
})

test('the error for a whole number names the minimum, and the error for a word lists the valid words', () => {
  const params = createParams(SPECS, {})
  expect(() => params.set({ window: 1 })).toThrow('`window` must be a whole number >= 2, got 1')
  expect(() => params.set({ action: 'go' })).toThrow('`action` must be one of log, stop, got "go"')
  expect(() => params.set({ evry: 1 })).toThrow('unknown parameter `evry`: did you mean `every`?')
  expect(() => params.set({ toString: 1 })).toThrow(
    'unknown parameter `toString`: choose from every, window, max, name, on, paths, scalars, action',
  )
})

test('an action is due at multiples of its interval, and never if the interval is 0', () => {
  expect([0, 1, 2, 3, 4].map((step) => isTime(step, 2))).toEqual([true, false, true, false, true])
  expect([0, 1].map((step) => isTime(step, 0))).toEqual([false, false])
})

test('numbers are read from numbers, arrays, typed arrays and tensors of any library', () => {
  expect(readTensor(3)).toEqual({ values: [3], shape: [], dtype: null })
  expect(readTensor([1, [2, [3]]])).toEqual({ values: [1, 2, 3], shape: null, dtype: null })
  expect(readTensor(Int16Array.of(1, 2))).toEqual({ values: Int16Array.of(1, 2), shape: [2], dtype: 'Int16Array' })
  const data = Float32Array.of(1)
  expect(readTensor({ dataSync: () => data, shape: [1, 1], dtype: 'float32' })).toEqual({
    values: data,
    shape: [1, 1],
    dtype: 'float32',
  })
  expect(readTensor({ item: () => 5, shape: ['x'], dtype: 7 })).toEqual({ values: [5], shape: null, dtype: null })
  expect(readTensor({ dataSync: 'none', item: () => 6 })?.values).toEqual([6])
})

test('other values have no numbers', () => {
  const none = [
    undefined,
    null,
    '3',
    true,
    {},
    [1, 'a'],
    BigInt64Array.of(1n),
    BigUint64Array.of(1n),
    new DataView(new ArrayBuffer(8)),
    { item: () => 'x' },
    { dataSync: () => BigInt64Array.of(1n) },
  ]
  for (const value of none) expect(readTensor(value)).toBe(undefined)
})

test('a summary counts non-finite numbers and leaves them out of the other statistics', () => {
  expect(summarize([3, -4, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN])).toEqual({
    n: 6,
    nan: 2,
    inf: 2,
    min: -4,
    max: 3,
    mean: -0.5,
    std: 3.5,
    l2: 5,
  })
  const nothing = { min: Number.NaN, max: Number.NaN, mean: Number.NaN, std: Number.NaN, l2: 0 }
  expect(summarize([])).toEqual({ n: 0, nan: 0, inf: 0, ...nothing })
  expect(summarize([Number.NaN])).toEqual({ n: 1, nan: 1, inf: 0, ...nothing })
  // A sum of squares would lose these digits.
  expect(summarize([1e9 + 1, 1e9 + 2, 1e9 + 3]).std).toBeCloseTo(Math.sqrt(2 / 3), 6)
})
