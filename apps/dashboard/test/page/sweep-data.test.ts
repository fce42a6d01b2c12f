import { expect, test } from 'vitest'
import { STATES } from '../../src/shared/sweeps/sweep-wire.ts'
import { passing, readFilter, type TrialFilter } from '../../src/web/sweeps/filter.ts'
import { readSorting, sortedPlaces, sortingText } from '../../src/web/sweeps/order.ts'
import { axesOf, cellText, countStates, createSweepData, takeColumns } from '../../src/web/sweeps/sweep-data.ts'
import { columnsOf } from './trial-columns.ts'

const TRIALS = [
  { i: 10, value: 0.5, step: 100, params: { lr: 0.01, opt: 'Adam', deep: true } },
  { i: 11, value: 0.25, step: 200, params: { lr: 0.1, opt: 'sgd', deep: false } },
  { i: 12, state: 'failed', step: 50, params: { lr: 0.001, opt: 'sgd' } },
  { i: 13, state: 'running', value: 2, params: { opt: 'adam' } },
] as const

const DATA = takeColumns(createSweepData(), columnsOf(TRIALS))
const ALL: TrialFilter = { brushes: new Map(), states: new Set(), terms: [], inBox: null }

/** The trials that match a typed filter. */
function matching(text: string, more: Partial<TrialFilter> = {}): readonly number[] {
  const { terms, unknown } = readFilter(text)
  expect(unknown).toEqual([])
  const axes = axesOf(DATA, [{ name: 'lr', log: true, values: null }], 'loss')
  return [...passing(DATA, axes, { ...ALL, terms, ...more })].map((place) => DATA.index[place] ?? -1)
}

test.each([
  ['', [10, 11, 12, 13]],
  ['lr<0.1', [10, 12]],
  ['lr<=0.1', [10, 11, 12]],
  ['lr>0.01', [11]],
  ['lr>=0.01', [10, 11]],
  ['lr=0.01', [10]],
  ['lr=0.0100005', [10]],
  ['lr!=0.01', [11, 12, 13]],
  ['opt=adam', [10, 13]],
  ['opt!=adam', [11, 12]],
  ['opt<z', []],
  ['deep=true', [10]],
  ['value<1', [10, 11]],
  ['step>=100', [10, 11]],
  ['none=1', []],
  ['state:failed', [12]],
  ['state:running opt=adam', [13]],
  ['10,13', [10, 13]],
  ['12', [12]],
  ['lr<0.1 step<100', [12]],
])('the filter "%s" keeps its trials', (text, kept) => {
  expect(matching(text)).toEqual(kept)
})

test('words that are not filters are returned', () => {
  expect(readFilter(' fast  lr>1 state:lost =3 1,a lr> ').unknown).toEqual(['fast', 'state:lost', '=3', '1,a', 'lr>'])
  expect(readFilter('a=b=c').terms).toEqual([{ kind: 'compare', name: 'a', op: '=', value: 'b=c' }])
  expect(readFilter('').terms).toEqual([])
})

test('states, a box on the curves and ranges on axes filter too', () => {
  const state = (name: (typeof STATES)[number]): number => STATES.indexOf(name)
  expect(matching('', { states: new Set([state('failed'), state('running')]) })).toEqual([12, 13])
  expect(matching('', { inBox: new Set([11, 12]) })).toEqual([11, 12])
  // On the logarithmic axis 0.001, 0.01 and 0.1 are at 0, 0.5 and 1; a trial without a value has no position.
  expect(matching('', { brushes: new Map([['p:lr', { low: 0.4, high: 0.6 }]]) })).toEqual([10])
  expect(matching('', { brushes: new Map([['p:lr', { low: 0, high: 1 }]]) })).toEqual([10, 11, 12])
  expect(matching('', { brushes: new Map([['value', { low: 0, high: 0.5 }]]) })).toEqual([10, 11])
  expect(matching('', { brushes: new Map([['gone', { low: 0, high: 0 }]]) })).toHaveLength(4)
})

test('new columns change single trials and add others, complete ones replace all', () => {
  const before = takeColumns(createSweepData(), columnsOf(TRIALS))
  const after = takeColumns(
    before,
    columnsOf(
      [
        { i: 13, value: 1, params: { lr: 5 } },
        { i: 14, params: { new: 'x' } },
      ],
      false,
    ),
  )
  expect(after).toBe(before)
  expect(after.index).toEqual([10, 11, 12, 13, 14])
  expect([after.value[3], after.params.get('lr')?.[3], after.places.get(14)]).toEqual([1, 5, 4])
  expect(after.params.get('new')?.[4]).toBe('x')
  const whole = takeColumns(after, columnsOf([{ i: 3, value: 7 }]))
  expect(whole).not.toBe(after)
  expect([whole.index, whole.value, whole.params.size]).toEqual([[3], [7], 0])
})

test.each([
  ['', 'min', { column: 'value', isDescending: false }],
  [null, 'max', { column: 'value', isDescending: true }],
  ['-p:lr', 'min', { column: 'p:lr', isDescending: true }],
  ['step', 'max', { column: 'step', isDescending: false }],
] as const)('the order "%s" is read if %s is better', (text, direction, sorting) => {
  expect(readSorting(text, direction)).toEqual(sorting)
  expect(readSorting(sortingText(sorting), direction)).toEqual(sorting)
})

test.each([
  ['value', [11, 10, 13, 12]],
  ['-value', [13, 10, 11, 12]],
  ['step', [12, 10, 11, 13]],
  ['-p:lr', [11, 10, 12, 13]],
  ['p:opt', [10, 13, 11, 12]],
  ['-p:opt', [11, 12, 13, 10]],
  ['state', [13, 10, 11, 12]],
  ['-index', [13, 12, 11, 10]],
  ['p:none', [10, 11, 12, 13]],
  ['seconds', [10, 11, 12, 13]],
])('sorted by "%s", trials without a value come last, and ties are sorted by index', (text, order) => {
  const places = sortedPlaces(DATA, readSorting(text, 'min'))
  expect([...places].map((place) => DATA.index[place])).toEqual(order)
})

test('an axis of numbers is linear or logarithmic, with its ends as ticks', () => {
  const [log, linear] = [true, false].map((isLog) => axesOf(DATA, [{ name: 'lr', log: isLog, values: null }], null)[0])
  const heights = (axis: typeof log) => [...(axis?.heights ?? [])].map((one) => Number(one.toPrecision(3)))
  expect(heights(log)).toEqual([0.5, 1, 0, Number.NaN])
  expect(heights(linear)).toEqual([0.0909, 1, 0, Number.NaN])
  expect(log?.ticks.map(({ at, text }) => `${at} ${text}`)).toEqual([
    '0 0.001',
    '0.25 0.003162',
    '0.5 0.01',
    '0.75 0.03162',
    '1 0.1',
  ])
  expect([log?.key, log?.name, linear?.textAt(0.5)]).toEqual(['p:lr', 'lr', '0.0505'])
})

test('an axis of names has each known value at its own place, numbers in order', () => {
  const [opt, deep, size] = axesOf(
    takeColumns(
      createSweepData(),
      columnsOf([
        { i: 0, params: { opt: 'b', size: 64 } },
        { i: 1, params: { opt: 'c', size: 8 } },
        { i: 2, params: {} },
      ]),
    ),
    [
      { name: 'opt', log: false, values: ['a', 'b'] },
      { name: 'deep', log: false, values: [true, false] },
      { name: 'size', log: false, values: [64, 8, 16] },
    ],
    null,
  )
  expect([...(opt?.heights ?? [])]).toEqual([0.5, 1, Number.NaN])
  expect(opt?.ticks).toEqual([
    { at: 0, text: 'a' },
    { at: 0.5, text: 'b' },
    { at: 1, text: 'c' },
  ])
  expect([opt?.textAt(0.4), opt?.textAt(1)]).toEqual(['b', 'c'])
  expect(deep?.ticks.map(({ text }) => text)).toEqual(['true', 'false'])
  expect(size?.ticks.map(({ text }) => text)).toEqual(['8', '16', '64'])
  expect([...(size?.heights ?? [])]).toEqual([1, 0, Number.NaN])
})

test('an axis of many names shows some of them and the last one', () => {
  const values = Array.from({ length: 30 }, (_, at) => `n${at}`)
  const [axis] = axesOf(DATA, [{ name: 'opt', log: false, values }], null)
  const texts = axis?.ticks.map(({ text }) => text) ?? []
  expect(texts.slice(0, 3)).toEqual(['n0', 'n3', 'n6'])
  expect(texts.at(-1)).toBe('adam')
  expect(texts.length).toBeLessThanOrEqual(13)
})

test('parameters with a single value have no axis, and the metric is the last one', () => {
  const data = takeColumns(
    createSweepData(),
    columnsOf([
      { i: 0, value: 1, params: { a: 1, b: 'x', c: 1 } },
      { i: 1, value: 2, params: { a: 1, b: 'x', c: 2 } },
    ]),
  )
  const parameters = ['a', 'b', 'c', 'd'].map((name) => ({ name, log: false, values: null }))
  expect(axesOf(data, parameters, 'loss').map(({ key, name }) => [key, name])).toEqual([
    ['p:c', 'c'],
    ['value', 'loss'],
  ])
  expect(axesOf(data, parameters, null)).toHaveLength(1)
  expect(axesOf(createSweepData(), parameters, 'loss')).toEqual([])
})

test('a logarithmic axis with a value that has no logarithm is linear', () => {
  const data = takeColumns(createSweepData(), columnsOf([0, 1, 4].map((x, i) => ({ i, params: { x } }))))
  const [axis] = axesOf(data, [{ name: 'x', log: true, values: null }], null)
  expect([...(axis?.heights ?? [])]).toEqual([0, 0.25, 1])
})

test.each([
  [null, '–'],
  [true, 'true'],
  ['text', 'text'],
  [0, '0'],
  [999_999, '999999'],
  [1_000_000, '1e6'],
  [0.123456, '0.1235'],
  [-0.5, '-0.5'],
  [1234.5678, '1235'],
  [0.00099, '9.9e-4'],
  [1.5e-7, '1.5e-7'],
  [12_345_678.5, '1.23e7'],
])('the value %j is shown as %s', (cell, text) => {
  expect(cellText(cell)).toBe(text)
})

test('states are counted in their order, and those without trials are left out', () => {
  expect(countStates(DATA).map(({ state, count }) => [STATES[state], count])).toEqual([
    ['running', 1],
    ['completed', 2],
    ['failed', 1],
  ])
})
