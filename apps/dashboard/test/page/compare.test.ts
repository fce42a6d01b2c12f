import { parquetReadObjects } from 'hyparquet'
import { expect, test } from 'vitest'
import type { CompareCourse, CompareFacts } from '../../src/shared/compare-wire.ts'
import { NO_LABELS } from '../../src/shared/labels.ts'
import { axisPlace, formatAxis, parseAxis } from '../../src/web/compare/axis.ts'
import { formatCharts, parseCharts, plainChart } from '../../src/web/compare/chart-spec.ts'
import { nearLines } from '../../src/web/compare/cursor.ts'
import { differenceRows } from '../../src/web/compare/differences.ts'
import { courseOfFormula, readFormula } from '../../src/web/compare/expression.ts'
import { groupRuns, meanLine } from '../../src/web/compare/groups.ts'
import { csvOf } from '../../src/web/compare/line-table.ts'
import { type Line, valueAt } from '../../src/web/compare/lines.ts'
import { parquetOf } from '../../src/web/compare/parquet.ts'
import { spanOfY, ticksIn } from '../../src/web/compare/scales.ts'
import { svgSurface } from '../../src/web/compare/surface.ts'
import { type Threshold, thresholdsText, typedThresholds } from '../../src/web/compare/thresholds.ts'

function line(id: string, xs: readonly number[], ys: readonly (number | null)[]): Line {
  return { id, label: id, color: 'red', xs, ys, isComplete: true }
}

function course(name: string, steps: readonly number[], mean: readonly (number | null)[]): CompareCourse {
  return { name, steps, mean, complete: true }
}

function at(value: number, label = ''): Threshold {
  return { value, label }
}

function facts(id: string, params: CompareFacts['params'], tags: readonly string[] = []): CompareFacts {
  const labels = { ...NO_LABELS, tags }
  const notes = { annotations: [], problem: null }
  const rest = { status: 'finished', step: 1, callbacks: {}, metrics: {}, changes: [], notes, problem: null } as const
  return { id, name: id, labels, params, ...rest }
}

test('between two points a line is interpolated, and outside of it and in gaps it has no value', () => {
  const drawn = line('a', [0, 10, 20, 30], [0, 1, null, 3])
  expect([-1, 0, 5, 10, 15, 30, 31].map((x) => valueAt(drawn, x))).toEqual([null, 0, 0.5, 1, null, 3, null])
})

test('a group is the mean of its runs, with the sample standard deviation as its band', () => {
  const look = { id: 'g', label: 'g', color: 'red' }
  const mean = meanLine([line('a', [0, 1], [1, 2]), line('b', [0, 1], [3, 6])], look)
  expect(mean).toMatchObject({ xs: [0, 1], ys: [2, 4] })
  expect(mean.lows?.[0]).toBeCloseTo(2 - Math.SQRT2)
  expect(mean.highs?.[1]).toBeCloseTo(4 + 2 * Math.SQRT2)
  const uneven = meanLine([line('a', [0, 100], [1, 1]), line('b', [0, 50], [3, 3])], look)
  expect([uneven.ys[0], uneven.ys.at(-1), uneven.xs.at(-1)]).toEqual([2, 1, 100])
})

test('runs that differ only in their seed are one group', () => {
  const runs = [facts('s~a', { lr: 1, seed: 1 }), facts('s~b', { lr: 1, seed: 2 }), facts('t~c', { lr: 2, seed: 1 })]
  expect(groupRuns(runs, 'seed').map(({ label, runs: ids }) => [label, ids])).toEqual([
    ['lr=1', ['s~a', 's~b']],
    ['lr=2', ['t~c']],
  ])
  expect(groupRuns(runs, 'sweep').map(({ label }) => label)).toEqual(['s', 't'])
  const tagged = [facts('a', {}, ['x', 'y']), facts('b', {}, ['y']), facts('c', {})]
  expect(groupRuns(tagged, 'tag').map(({ label, runs: ids }) => [label, ids])).toEqual([
    ['x', ['a']],
    ['y', ['a', 'b']],
    ['no tag', ['c']],
  ])
})

test('a formula is a metric of any name, or an expression over metrics', () => {
  const known = ['train/loss', 'val_loss', 'a - b']
  expect(readFormula('a - b', known)).toMatchObject({ ok: true, value: { names: ['a - b'], program: undefined } })
  const read = readFormula('train_loss - val_loss', known)
  if (!read.ok) throw new Error(read.problem)
  const courses = new Map([
    ['train/loss', course('train/loss', [0, 10], [3, 2])],
    ['val_loss', course('val_loss', [0, 5, 10], [1, 1, null])],
  ])
  expect(courseOfFormula(read.value, courses)).toMatchObject({ steps: [0, 10], mean: [2, null] })
  expect(courseOfFormula(read.value, new Map())).toBe(undefined)
  expect(readFormula('nope + 1', known)).toEqual({ ok: false, problem: 'no metric `nope` in these runs' })
  expect(readFormula('mean(val_loss, 3)', known)).toMatchObject({ ok: false })
  expect(readFormula('1 +', known)).toMatchObject({ ok: false })
})

test('charts and axes are unchanged after they were written to the address and read back', () => {
  const charts = [
    { ...plainChart('a, b||c'), isLog: true, low: -1, thresholds: [at(0.5, 'a: b, c;'), at(2)] },
    { ...plainChart('x/y'), hidesOutliers: true, high: 3, columns: 2, height: 300 },
    plainChart('loss'),
  ]
  expect(parseCharts(formatCharts(charts))).toEqual(charts)
  for (const text of ['time', 'relative', 'epoch', 'm:a:b']) expect(formatAxis(parseAxis(text))).toBe(text)
  expect(parseAxis('toString')).toEqual({ kind: 'step' })
})

test('a threshold is a number with an optional label after it, and anything else is refused in one line', () => {
  const typed = typedThresholds(' 0.3 the target ,0.5, ')
  expect(typed).toEqual({ ok: true, value: [at(0.3, 'the target'), at(0.5)] })
  expect(thresholdsText([at(0.3, 'the target'), at(0.5)])).toBe('0.3 the target, 0.5')
  expect(typedThresholds('target 0.3')).toEqual({
    ok: false,
    problem: 'a threshold must be a number, optionally followed by a label, not `target 0.3`',
  })
})

test('a step is placed by time, by relative time, and by another metric', () => {
  const knots = { steps: [0, 100], times: [1000, 1050], epochs: [0, 2] }
  const place = (text: string): number | null =>
    axisPlace(parseAxis(text), knots, course('samples', [0, 40, 100], [0, 1280, 3200]))(50)
  expect(['step', 'time', 'relative', 'epoch', 'm:samples'].map(place)).toEqual([50, 1025, 25, 1, 1280])
  expect(axisPlace(parseAxis('time'), undefined, undefined)(50)).toBe(null)
})

test('an axis leaves outliers out, keeps the limits that a person set, and shows thresholds', () => {
  const ys = Array.from({ length: 300 }, (_, i) => (i === 7 ? 1000 : i / 300))
  const drawn = [line('a', Array.from(ys.keys()), ys)]
  const spec = plainChart('a')
  expect(spanOfY(drawn, [0, 300], spec)[1]).toBeGreaterThan(1000)
  expect(spanOfY(drawn, [0, 300], { ...spec, hidesOutliers: true })[1]).toBeLessThan(2)
  expect(spanOfY(drawn, [0, 300], { ...spec, low: -5, high: 5 })).toEqual([-5, 5])
  expect(spanOfY([line('a', [0], [1])], [0, 1], { ...spec, thresholds: [at(3)] })[1]).toBeGreaterThan(3)
  expect(ticksIn([0, 1], 5)).toEqual([0, 0.2, 0.4, 0.6000000000000001, 0.8, 1])
})

test('the cursor shows the nearest line first', () => {
  const drawn = [line('low', [0, 10], [1, 1]), line('high', [0, 10], [5, 5]), line('over', [20, 30], [4, 4])]
  const near = nearLines(drawn, 4, (y) => Math.abs(y - 4), 8)
  expect(near.map(({ line: { id }, x }) => [id, x])).toEqual([
    ['high', 0],
    ['low', 0],
  ])
})

test('only facts that differ are rows, unless all are requested', () => {
  const runs = [facts('a', { lr: 1, wd: 3 }), facts('b', { lr: 2, wd: 3 })]
  expect(differenceRows(runs, false)).toEqual([
    { title: 'Parameters', rows: [{ name: 'lr', cells: ['1', '2'], isDifferent: true }] },
  ])
  expect(differenceRows(runs, true).flatMap(({ rows }) => rows.map(({ name }) => name))).toContain('wd')
  const metrics = [
    { 'sys/cpu': 1, 'time/step_ms': 1, loss: 1 },
    { 'sys/cpu': 2, 'time/step_ms': 2, loss: 2 },
  ]
  const measured = metrics.map((one, i) => ({ ...facts(`${i}`, {}), metrics: one }))
  const names = (showsAll: boolean): readonly string[] =>
    differenceRows(measured, showsAll).flatMap(({ title, rows }) =>
      title === 'Last metrics' ? rows.map(({ name }) => name) : [],
    )
  expect(names(false)).toEqual(['loss'])
  expect(names(true)).toEqual(['sys/cpu', 'time/step_ms', 'loss'])
})

test('the points of a chart form one table, as CSV and as Parquet', async () => {
  const band = { ...line('=a', [0, 1], [0.5, null]), lows: [0.25, null], highs: [0.75, null] }
  const drawn = [band, line('b', [0.5], [2])]
  expect(csvOf(drawn)).toBe("line,x,y,low,high\n'=a,0,0.5,0.25,0.75\n'=a,1,,,\nb,0.5,2,,\n")
  expect(csvOf([line('b', [0], [1])])).toBe('line,x,y\nb,0,1\n')
  expect(await parquetReadObjects({ file: parquetOf(drawn) })).toEqual([
    { line: '=a', x: 0, y: 0.5, low: 0.25, high: 0.75 },
    { line: '=a', x: 1, y: null, low: null, high: null },
    { line: 'b', x: 0.5, y: 2, low: null, high: null },
  ])
})

test('names in an SVG picture stay text', () => {
  const surface = svgSurface(10, 10, 'sans')
  surface.text('<script>"&\'', 0, 0, { color: 'red', align: 'left', size: 10 })
  expect(surface.finish('white')).toContain('&#60;script&#62;&#34;&#38;&#39;')
})
