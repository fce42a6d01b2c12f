import type uPlot from 'uplot'
import { expect, test } from 'vitest'
import { digitsBetween, digitsFor, formatNumber, formatStep } from '../src/shared/describe.ts'
import type { Marker, SeriesBuckets } from '../src/shared/wire.ts'
import { PLAIN_OPTIONS } from '../src/web/compare/chart-spec.ts'
import { changesTraining, cutAtNeighbours } from '../src/web/panels/change/training-change.ts'
import { bandColumns } from '../src/web/panels/charts/band-columns.ts'
import { logRange, logSplits } from '../src/web/panels/charts/log-axis.ts'
import { dotPlace } from '../src/web/panels/charts/nearest.ts'
import { columnsOf, missingFrom, type PlotLook } from '../src/web/panels/charts/plot-columns.ts'
import { readingOf } from '../src/web/panels/charts/reading.ts'
import { type HeldSeries, holdWindow, joinNews } from '../src/web/streams/held-series.ts'

const look: PlotLook = {
  names: ['m'],
  height: 184,
  smoothing: 0,
  isLog: false,
  isNormalised: false,
  ahead: [],
  axis: PLAIN_OPTIONS,
}

test('numbers have enough digits to distinguish those of a range, and no more than a double has', () => {
  const show = (low: number, high: number) => formatNumber(high, digitsBetween(low, high))
  expect(show(0, 1.23456)).toBe('1.235')
  expect(show(0.99994, 0.999953217)).toBe('0.99995322')
  expect(show(1e9, 1e9 + 0.5)).toBe('1.0000000005e9')
  expect(show(0.25, 0.25)).toBe('0.25')
  expect(digitsBetween(1, 1 + 1e-18)).toBe(4)
  expect(digitsBetween(-1e300, 1e-300)).toBe(4)
  expect([digitsFor(1, 5e-5), digitsFor(400, 100), digitsFor(1e-3, 1e-20)]).toEqual([6, 3, 15])
})

test('steps on an axis are shortened, unless their short forms would be equal', () => {
  expect([12, 3400, 12_000, 1_200_000].map((step) => formatStep(step))).toEqual(['12', '3400', '12k', '1.2M'])
  expect([1_234_500, 1_234_600].map((step) => formatStep(step, 100))).toEqual(['1234500', '1234600'])
  expect([20_020, 20_040].map((step) => formatStep(step, 20))).toEqual(['20.02k', '20.04k'])
  expect([20_021, 20_022].map((step) => formatStep(step, 1))).toEqual(['20021', '20022'])
  expect([0.5, 1].map((step) => formatStep(step, 0.5))).toEqual(['0.5', '1'])
})

test('within one power of ten a log axis has the range of its values, and even ticks', () => {
  expect(logRange(NO_PLOT, 0.8, 0.9).map((end) => Number(end?.toFixed(3)))).toEqual([0.79, 0.91])
  expect(logSplits(NO_PLOT, 1, 0.79, 0.91).map((tick) => Number(tick.toFixed(3)))).toEqual([0.8, 0.85, 0.9])
  expect(logRange(NO_PLOT, 5, 5)).toEqual([4.95, 5.05])
  expect(logRange(NO_PLOT, null, null)).toEqual([0.1, 10])
  expect(logSplits(NO_PLOT, 1, 0.1, 1000).map((tick) => Number(tick.toPrecision(6)))).toEqual([0.1, 1, 10, 100, 1000])
  expect(logSplits(NO_PLOT, 1, 1, 50).map((tick) => Number(tick.toPrecision(6)))).toEqual([1, 2, 5, 10, 20, 50])
})

test('a log axis draws values above 0, with a band down to the smallest of them, and the chart reports what is missing', () => {
  const held = hold({ mean: [2, 0.5, -1, null], min: [1, -3, -4, null], max: [4, 8, -0.5, null], gaps: [0, 0, 2, 10] })
  const log = { ...look, isLog: true }
  expect(columnsOf(held, log)).toEqual([
    [4.5, 14.5, 24.5, 34.5],
    [4, 8, null, null],
    [1, 0.5, 0.5, null],
    [2, 0.5, null, null],
  ])
  expect(missingFrom([held, undefined], [0, 15], true)).toBe(
    'A log axis cannot show 0 or negative values; the smallest value here is -3.',
  )
  expect(missingFrom([held], [0, 9], true)).toBe('')
  expect(missingFrom([held], [0, 15], false)).toBe('')
  expect(missingFrom([held], [20, 40], false)).toBe('12 values here are not finite.')
  expect(missingFrom([held], [20, 29], true)).toBe(
    '2 values here are not finite. A log axis cannot show 0 or negative values; the smallest value here is -4.',
  )
})

test('a chart whose values are too far apart for one axis reports that', () => {
  const held = hold({ mean: [-1e308, 1e308], min: [-1e308, 1e308], max: [-1e308, 1e308] })
  expect(missingFrom([held], [0, 19], false)).toBe('Values from -1e308 to 1e308 are too far apart to draw on one axis.')
  expect(missingFrom([held], [10, 19], false)).toBe('')
})

test('a chart of a file that is still being read is labelled as a sample', () => {
  const columns = { mean: [1], min: [1], max: [1] }
  expect(missingFrom([hold(columns, false), hold(columns)], [0, 9], false)).toBe('Still being read: this is a sample.')
})

test('normalised metrics are scaled by their minimum and maximum, and not by their means', () => {
  const held = hold({ mean: [2, 3], min: [0, 2], max: [8, 10] })
  expect(columnsOf(held, { ...look, isNormalised: true })).toEqual([
    [4.5, 14.5],
    [0.8, 1],
    [0, 0.2],
    [0.2, 0.3],
  ])
})

test('for single points only the line is drawn, and no band', () => {
  const held = hold({ mean: [], min: [], max: [] })
  joinNews(held, { kind: 'points', steps: [1, 2], values: [5, 6] })
  expect(columnsOf(held, look)).toEqual([
    [1, 2],
    [null, null],
    [null, null],
    [5, 6],
  ])
  expect(columnsOf(undefined, { ...look, smoothing: 0.5 })).toEqual([[], [], [], [], []])
})

test('a legend shows the mean and the range of an entry of several points, and the value of the newest point', () => {
  const held = hold({ mean: [2, 0.5], min: [1, -3], max: [4, 8] })
  joinNews(held, { kind: 'points', steps: [20], values: [0.123456] })
  expect(readingOf(held, 7)).toEqual({
    value: '2',
    range: '1 to 4',
    title: 'mean 2, minimum 1 and maximum 4 of 10 points from step 0 to 9',
  })
  expect(readingOf(held, 20)).toEqual({ value: '0.1235', range: '', title: '' })
  expect(readingOf(held, null).value).toBe('0.1235')
  expect(readingOf(undefined, 3).value).toBe('–')
})

test('a legend and a dot show the point nearest to the cursor, and the legend shows its step if it differs', () => {
  const held = hold({ mean: [2, 0.5], min: [1, -3], max: [4, 8] })
  joinNews(held, { kind: 'points', steps: [20, 40], values: [0.1, 0.2] })
  expect(readingOf(held, 29)).toEqual({ value: '0.1', range: 'at step 20', title: '0.1 at step 20' })
  expect(readingOf(held, 31)).toEqual({ value: '0.2', range: 'at step 40', title: '0.2 at step 40' })
  expect(readingOf(held, -1)).toMatchObject({ value: '2', range: 'steps 0 to 9, 1 to 4' })
  // Another metric has points at steps in between; the dot of this metric is at one of its own entries.
  const data: uPlot.AlignedData = [
    [4.5, 14.5, 20, 21, 22, 23, 40],
    [2, 0.5, 0.1, undefined, undefined, undefined, 0.2],
  ]
  for (const [step, value] of [
    [-1, 2],
    [29, 0.1],
    [31, 0.2],
    [35.4, 0.2],
    [23, 0.1],
  ] as const) {
    const place = dotPlace({ data }, 1, 3, step)
    expect(data[1]?.[place ?? -1]).toBe(value)
    expect(readingOf(held, Math.round(step)).value).toBe(String(value))
  }
})

test('a column of a band is as wide as its entry, even if all neighbours are constant', () => {
  const steps = Array.from({ length: 100 }, (_, i) => i * 10)
  const greatest = steps.map((_, i) => (i === 20 || i === 80 ? 3 : i === 50 ? null : 2))
  const least = steps.map((_, i) => (i === 50 ? null : 2))
  const plot = {
    data: [steps, greatest, least] satisfies uPlot.AlignedData,
    bbox: { left: 0, top: 0, width: 1000, height: 100 },
    valToPos: (value: number, scale: string) => (scale === 'x' ? value : 100 - value * 10),
  }
  expect(bandColumns(plot, 1, 0, 99)).toEqual([
    { left: 195, top: 70, width: 10, height: 10 },
    { left: 795, top: 70, width: 10, height: 10 },
  ])
})

test('only changes that can affect training get a verdict, and its points end at the neighbouring changes', () => {
  const mark = (step: number, module: string, op: string, params: Marker['params'] = {}) => ({
    step,
    module,
    op,
    params,
  })
  const idle = ['freeze', 'pause', 'attempt', 'cancel', 'checkpoint'].map((op) => mark(50, 'core', op, { tag: 'a' }))
  expect(idle.map(changesTraining)).toEqual([false, false, false, false, false])
  const load = mark(30, 'core', 'checkpoint', { action: 'load', tag: 'a' })
  const marks = [
    ...idle,
    mark(10, 'opt', 'set_params'),
    load,
    mark(40, 'opt', 'set_params'),
    mark(80, 'loss', 'set_params'),
  ]
  expect(marks.slice(5).map(changesTraining)).toEqual([true, true, true, true])
  const steps = [0, 10, 20, 30, 35, 40, 50, 79, 80, 90]
  expect(cutAtNeighbours({ steps, values: steps }, 40, marks)).toEqual({
    steps: [35, 40, 50, 79],
    values: [35, 40, 50, 79],
  })
})

// Neither range nor ticks of a log axis depend on the plot.
const NO_PLOT = undefined as never

type Columns = Partial<Pick<SeriesBuckets, 'gaps'>> & Pick<SeriesBuckets, 'mean' | 'min' | 'max'>

/** Buckets of ten steps each. */
function hold({ mean, min, max, gaps = mean.map(() => 0) }: Columns, complete = true): HeldSeries {
  const buckets: SeriesBuckets = {
    first_step: mean.map((_, i) => i * 10),
    last_step: mean.map((_, i) => i * 10 + 9),
    count: mean.map(() => 10),
    gaps,
    mean,
    min,
    max,
    first: mean,
    last: mean,
  }
  return holdWindow({ name: 'm', count: 0, complete, buckets, ema: null, ghosts: [] }, '', undefined)
}
