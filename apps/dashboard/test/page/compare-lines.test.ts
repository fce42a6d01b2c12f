import { expect, test } from 'vitest'
import type { CompareCourse, CompareFacts } from '../../src/shared/compare-wire.ts'
import { NO_LABELS } from '../../src/shared/labels.ts'
import { axisPlace, formatAxis, nearestValue, parseAxis } from '../../src/web/compare/axis.ts'
import { type LineSources, linesOf } from '../../src/web/compare/chart-lines.ts'
import { nearLines } from '../../src/web/compare/cursor.ts'
import { differenceRows } from '../../src/web/compare/differences.ts'
import { courseOfFormula, readFormula } from '../../src/web/compare/expression.ts'
import { groupRuns, meanLine, varyingParams } from '../../src/web/compare/groups.ts'
import { csvOf, tableOf } from '../../src/web/compare/line-table.ts'
import { type Line, placeAfter, valueAt } from '../../src/web/compare/lines.ts'

function line(id: string, xs: readonly number[], ys: readonly (number | null)[], more: Partial<Line> = {}): Line {
  return { id, label: id, color: 'red', xs, ys, isComplete: true, ...more }
}

function course(
  name: string,
  steps: readonly number[],
  mean: readonly (number | null)[],
  complete = true,
): CompareCourse {
  return { name, steps, mean, complete }
}

function facts(id: string, more: Partial<CompareFacts> = {}): CompareFacts {
  const rest = {
    status: 'finished',
    step: 1,
    callbacks: {},
    metrics: {},
    changes: [],
    params: {},
    problem: null,
  } as const
  return { id, name: `name of ${id}`, labels: NO_LABELS, notes: { annotations: [], problem: null }, ...rest, ...more }
}

function formulaOf(text: string, known: readonly string[]) {
  const read = readFormula(text, known)
  if (!read.ok) throw new Error(read.problem)
  return read.value
}

test('the first position at or after a value is found', () => {
  expect([-1, 0, 1, 10, 11].map((x) => placeAfter([0, 10], x))).toEqual([0, 0, 1, 1, 2])
  expect([placeAfter([], 1), placeAfter([1, 1, 2], 1), valueAt({ xs: [], ys: [] }, 1)]).toEqual([0, 0, null])
  const gap = { xs: [0, 10, 20], ys: [null, 1, 2] }
  expect([valueAt(gap, 0), valueAt(gap, 5), valueAt(gap, 12.5), valueAt(gap, 21)]).toEqual([null, null, 1.25, null])
})

test('an axis is read and written, and an unknown one is the steps', () => {
  const texts = ['step', 'time', 'relative', 'epoch', 'm:', 'm:a', 'other', null]
  expect(texts.map((text) => formatAxis(parseAxis(text)))).toEqual([
    ...[null, 'time', 'relative', 'epoch', null, 'm:a', null, null],
  ])
  expect(parseAxis('m:')).toEqual({ kind: 'step' })
})

test('a step has the nearest value of a course, of two at the same distance the later one', () => {
  const values = course('a', [0, 10, 20], [1, 2, null])
  expect([-5, 0, 4, 5, 6, 14, 15, 25].map((step) => nearestValue(values, step))).toEqual([1, 1, 1, 2, 2, 2, null, null])
  expect(nearestValue(course('a', [], []), 3)).toBeNull()
  expect(nearestValue(course('a', [5, 9], [null, 1]), 3)).toBeNull()
})

test('relative time begins at the first known time, and a step outside of the known ones has no position', () => {
  const knots = { steps: [0, 10, 20], times: [null, 100, 200], epochs: [0, null, 1] }
  const place = axisPlace({ kind: 'relative' }, knots, undefined)
  expect([place(5), place(10), place(15), place(21)]).toEqual([null, 0, 50, null])
  expect(axisPlace({ kind: 'relative' }, { ...knots, times: [null, null, null] }, undefined)(10)).toBeNull()
  expect(axisPlace({ kind: 'epoch' }, knots, undefined)(20)).toBe(1)
  expect(axisPlace({ kind: 'metric', name: 'a' }, knots, undefined)(10)).toBeNull()
})

test.each([
  ['nope + 1', 'no metric `nope` in these runs'],
  ['mean(loss, 3)', '`mean(loss, 3)`: a chart can use one value of each metric, but no controls'],
  ['1 + 2', '`1 + 2` does not name a metric'],
])('a formula that cannot be drawn is refused in one line: %s', (text, problem) => {
  expect(readFormula(text, ['loss'])).toEqual({ ok: false, problem })
})

test('the message states where the metrics were searched, or what is wrong with an expression', () => {
  expect(readFormula('nope', ['loss'], 'this run')).toEqual({ ok: false, problem: 'no metric `nope` in this run' })
  expect(readFormula('loss +', ['loss'])).toMatchObject({ ok: false, problem: expect.stringMatching(/^`loss \+`: \S/) })
  expect(formulaOf('loss / (loss + acc)', ['loss', 'acc'])).toMatchObject({
    text: 'loss / (loss + acc)',
    names: ['loss', 'acc'],
  })
})

test('an expression has a value at each step of its first metric at which the others have one', () => {
  const formula = formulaOf('loss / acc', ['loss', 'acc', 'lr'])
  const loss = course('loss', [0, 5, 10, 15], [2, 4, null, 8])
  const of = (acc: CompareCourse) => courseOfFormula(formula, new Map([loss, acc].map((one) => [one.name, one])))
  expect(of(course('acc', [0, 10, 20], [1, 3, 3]))).toEqual({
    ...{ name: 'loss / acc', steps: [0, 5, 10, 15], mean: [2, 2, null, 8 / 3], complete: true },
  })
  expect(of(course('acc', [0, 10], [0, 1]))?.mean[0]).toBeNull()
  expect(of(course('acc', [0], [1], false))?.complete).toBe(false)
  expect([of(course('acc', [], [])), of(course('lr', [0], [1]))]).toEqual([undefined, undefined])
  const partial = courseOfFormula(
    formula,
    new Map([
      ['loss', { ...loss, complete: false }],
      ['acc', loss],
    ]),
  )
  expect(partial?.complete).toBe(false)
  const isLess = courseOfFormula(formulaOf('loss < 3', ['loss']), new Map([['loss', loss]]))
  expect(isLess?.mean).toEqual([null, null, null, null])
})

test('a run is in the group of its tags, its directory or its parameters without the seed', () => {
  const runs = [
    facts('x~y~a', { params: { lr: 1, seed: 1, 'data.seed': 1, wd: 0 }, labels: { ...NO_LABELS, tags: ['t'] } }),
    facts('x~y~b', { params: { lr: 2, Seed: 2, wd: 0 } }),
    facts('c', { params: { lr: 2, seed: 3, wd: 0 } }),
  ]
  expect(groupRuns(runs, 'none')).toEqual(runs.map(({ id, name }) => ({ id, label: name, runs: [id] })))
  expect(groupRuns(runs, 'sweep')).toEqual([
    { id: 'sweep x/y', label: 'x/y', runs: ['x~y~a', 'x~y~b'] },
    { id: 'sweep no sweep', label: 'no sweep', runs: ['c'] },
  ])
  expect(groupRuns(runs, 'seed')).toEqual([
    { id: 'all but seed [1]', label: 'lr=1', runs: ['x~y~a'] },
    { id: 'all but seed [2]', label: 'lr=2', runs: ['x~y~b', 'c'] },
  ])
  expect(groupRuns(runs, 'tag')).toEqual([
    { id: 'tag t', label: 't', runs: ['x~y~a'] },
    { id: 'no tag', label: 'no tag', runs: ['x~y~b', 'c'] },
  ])
  expect(groupRuns([facts('a', { params: { seed: 1 } }), facts('b')], 'seed')).toEqual([
    { id: 'all but seed []', label: 'all', runs: ['a', 'b'] },
  ])
  const two = [{ params: { lr: 1, bs: 2, seedling: 1, reseed: 1 } }, { params: { lr: 2, reseed: 2 } }]
  expect(varyingParams(two)).toEqual(['lr', 'bs', 'seedling', 'reseed'])
  expect(
    groupRuns(
      two.map((one, i) => facts(`${i}`, one)),
      'seed',
    ).map(({ label }) => label),
  ).toEqual(['lr=1 bs=2 seedling=1 reseed=1', 'lr=2 bs=– seedling=– reseed=2'])
})

test('a mean is over the lines that have a value, and a band is a standard deviation wide', () => {
  const look = { id: 'g', label: 'g', color: 'blue', dash: [1] }
  expect(meanLine([], look)).toEqual({ ...look, xs: [], ys: [], isComplete: true })
  expect(meanLine([line('a', [], []), line('b', [1], [2], { isComplete: false })], look)).toEqual({
    ...{ ...look, xs: [1], ys: [2], isComplete: false },
  })
  const two = meanLine([line('a', [0, 1, 2], [1, 1, null]), line('b', [0, 1, 2], [3, null, null])], look)
  expect(two).toEqual({
    ...{ ...look, xs: [0, 1, 2], ys: [2, 1, null], isComplete: true },
    ...{ lows: [2 - Math.SQRT2, 1, null], highs: [2 + Math.SQRT2, 1, null] },
  })
  const grid = meanLine([line('a', [0, 299], [0, 299]), line('b', [10, 20, 598], [0, 0, 0])], look)
  expect([grid.xs.length, grid.xs[0], grid.xs[1], grid.xs.at(-1)]).toEqual([300, 0, 2, 598])
  expect([grid.ys[1], grid.ys.at(-1)]).toEqual([2, 0])
  expect(meanLine([line('a', [0, 1], [0, 1]), line('b', [0, 2], [0, 2])], look).xs).toHaveLength(300)
})

test('a chart has a line for each run that is not hidden and has values, or the mean of each group', () => {
  const sources: LineSources = {
    facts: [facts('s~a'), facts('s~b'), facts('t~c'), facts('t~d')],
    courses: new Map([
      [
        's~a',
        new Map([
          ['loss', course('loss', [0, 10, 20], [1, null, 3], false)],
          ['lr', course('lr', [0], [5])],
        ]),
      ],
      ['s~b', new Map([['loss', course('loss', [0, 10, 20], [3, 3, 3])]])],
      ['t~c', new Map([['loss', course('loss', [], [])]])],
    ]),
    axes: { 's~a': { steps: [0, 10], times: [100, 200], epochs: [null, null] } },
    ...{ axis: { kind: 'step' }, grouping: 'none', hidden: new Set(['s~b']), looks: new Map() },
  }
  const loss = formulaOf('loss', ['loss'])
  const plain = { id: 's~a', label: 'name of s~a', color: '', dash: [] }
  expect(linesOf(loss, sources)).toEqual([{ ...plain, xs: [0, 10, 20], ys: [1, null, 3], isComplete: false }])
  const looks = new Map([['s~a', { color: 'red', dash: [2] }]])
  expect(linesOf(loss, { ...sources, looks, axis: { kind: 'time' } })).toEqual([
    { ...plain, color: 'red', dash: [2], xs: [100, 200], ys: [1, null], isComplete: false },
  ])
  expect(linesOf(loss, { ...sources, axis: { kind: 'metric', name: 'lr' } })[0]?.xs).toEqual([5, 5, 5])
  const grouped = linesOf(loss, { ...sources, grouping: 'sweep' })
  expect(grouped.map(({ id, label, color, ys }) => ({ id, label, color, ys }))).toEqual([
    { id: 'sweep s', label: 's', color: '', ys: [2, 3, 3] },
  ])
  expect(linesOf(loss, { ...sources, grouping: 'sweep', hidden: new Set(['sweep s']) })).toEqual([])
})

test('the cursor finds the nearest point of each line, up to a maximum distance from its ends', () => {
  const lines = [line('a', [0, 10, 20], [1, 2, 3]), line('b', [40], [9]), line('c', [20, 30], [null, 4])]
  const near = (x: number, most = 8) => nearLines(lines, x, (y) => -y, most).map(({ line: { id }, x, y }) => [id, x, y])
  expect(near(4)).toEqual([['a', 0, 1]])
  expect(near(5)).toEqual([['a', 0, 1]])
  expect(near(5.1)).toEqual([['a', 10, 2]])
  expect([near(-10), near(-10.1)]).toEqual([[['a', 0, 1]], []])
  expect(near(30)).toEqual([
    ['c', 30, 4],
    ['a', 20, 3],
  ])
  expect(near(30.1)).toEqual([['c', 30, 4]])
  expect(near(40)).toEqual([
    ['b', 40, 9],
    ['c', 30, 4],
  ])
  expect(near(40, 1)).toEqual([['b', 40, 9]])
  expect(near(41)).toEqual([])
})

test('a table of points has columns for a band only if a line has one, and its texts are safe in a spreadsheet', () => {
  const plain = line('a', [0, 1], [5, null])
  expect(tableOf([plain])).toEqual({ line: ['a', 'a'], x: [0, 1], y: [5, null] })
  expect(tableOf([plain, line('b', [2], [6], { lows: [null], highs: [7] })])).toEqual({
    ...{ line: ['a', 'a', 'b'], x: [0, 1, 2], y: [5, null, 6], low: [null, null, null], high: [null, null, 7] },
  })
  const labels = ['=1', '+1', '-1', '@a', '\ta', 'a,b', 'a"b', 'a\nb', 'a\rb', 'a-b']
  expect(csvOf(labels.map((label) => line(label, [0], [1]))).split(/,0,1\n/)).toEqual([
    ...["line,x,y\n'=1", "'+1", "'-1", "'@a", "'\ta", '"a,b"', '"a""b"', '"a\nb"', '"a\rb"', 'a-b', ''],
  ])
})

test('the table of differences has a row for each fact, in sections', () => {
  const a = facts('a', {
    ...{ status: 'running', step: 5, labels: { ...NO_LABELS, tags: ['x', 'y'] }, callbacks: { cb: true, same: true } },
    ...{ changes: [{ step: 1, text: 'lr = 2', by: 'ada' }], metrics: { loss: 1, 'time/ms': 1 } },
  })
  const b = facts('b', { callbacks: { cb: false, same: true }, params: { text: 'x'.repeat(80) }, metrics: { loss: 1 } })
  const rowsOf = (showsAll: boolean) =>
    differenceRows([a, b], showsAll).map(({ title, rows }) => [
      title,
      ...rows.map(({ name, cells, isDifferent }) => `${name}: ${cells.join(' | ')}${isDifferent ? '' : ' (same)'}`),
    ])
  const run = ['Run', 'state: running | finished', 'step: 5 | 1', 'tags: x, y | –']
  const parameters = ['Parameters', `text: – | ${'x'.repeat(59)}…`]
  const changes = ['Changes', '1.: step 1: lr = 2, by ada | –']
  expect(rowsOf(false)).toEqual([run, parameters, ['Callbacks', 'cb: on | off'], changes])
  expect(rowsOf(true)).toEqual([
    ...[run, parameters, ['Callbacks', 'cb: on | off', 'same: on | on (same)'], changes],
    ['Last metrics', 'loss: 1 | 1 (same)', 'time/ms: 1 | –'],
  ])
})
