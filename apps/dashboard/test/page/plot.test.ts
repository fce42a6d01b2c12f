import { beforeEach, expect, test, vi } from 'vitest'
import { PLAIN_OPTIONS } from '../../src/web/compare/chart-spec.ts'
import { logRange, logSplits } from '../../src/web/panels/charts/log-axis.ts'
import {
  countGhosts,
  createPlot,
  fitLines,
  type PlotHooks,
  plotData,
  STEP_INCRS,
} from '../../src/web/panels/charts/plot.ts'
import type { PlotLook } from '../../src/web/panels/charts/plot-columns.ts'
import { ghost, held, storeOf } from './held.ts'

vi.mock('../../src/web/theme.ts', () => ({ cssColor: (name: string) => name, isDark: { value: false } }))

// The parts of the options that these tests call.
interface Options {
  readonly [name: string]: unknown
  readonly scales: Record<'x' | 'y', { range?: (...all: unknown[]) => unknown; distr?: number }>
  readonly axes: readonly Record<'values' | 'size', (...all: unknown[]) => unknown>[]
  readonly series: readonly {
    readonly points: Record<'show' | 'filter', (...all: unknown[]) => unknown>
    paths?: () => null
  }[]
  readonly cursor: { points: { size: (plot: unknown, at: number) => number }; bind: { dblclick: () => () => null } }
  readonly hooks: Record<'setSelect' | 'setCursor' | 'drawAxes' | 'draw', readonly ((plot: unknown) => void)[]>
}

const made: { readonly options: Options; readonly data: unknown; readonly host: unknown }[] = []
vi.mock('uplot', async (original) => {
  const { default: real } = await original<{ default: { join: unknown; rangeLog: unknown } }>()
  class Plot {
    static join = real.join
    static rangeLog = real.rangeLog
    constructor(options: Options, data: unknown, host: unknown) {
      made.push({ options, data, host })
    }
  }
  return { default: Plot }
})

beforeEach(() => {
  made.length = 0
})

const LOOK: PlotLook = {
  ...{ names: ['loss', 'acc'], height: 184, smoothing: 0, isLog: false, isNormalised: false },
  ...{ axis: PLAIN_OPTIONS, ahead: [] },
}

const LOSS = held('loss', [0, 10], [2, 1], {
  max: [3, 1],
  min: [1, 1],
  count: [2, 1],
  ghosts: [ghost([0, 4], [7, null])],
})
const ACC = held('acc', [0, 5], [0.5, 0.6], { ghosts: [ghost([0], [0]), ghost([1], [1])] })
const STORE = storeOf(LOSS, ACC)

/** Creates a plot; returns its options and what its chart received. */
function optionsOf(look: Partial<PlotLook> = {}, ghosts = 0): { readonly options: Options; readonly seen: unknown[] } {
  const seen: unknown[] = []
  const hooks: PlotHooks = {
    onSpan: (span) => void seen.push(span),
    onCursor: () => void seen.push('cursor'),
    onDraw: () => void seen.push('draw'),
  }
  createPlot({ clientWidth: 500 } as HTMLElement, STORE, { ...LOOK, ...look }, ghosts, hooks)
  const [found] = made.splice(0)
  if (found === undefined) throw new Error('no plot')
  expect([found.host, found.data]).toEqual([{ clientWidth: 500 }, plotData(STORE, { ...LOOK, ...look }, ghosts)])
  return { options: found.options, seen }
}

test('the options of a plot', () => {
  const { options } = optionsOf({ names: ['loss'], smoothing: 0.5 }, 1)
  const withoutFunctions = JSON.stringify(options, (key, value) => (key === 'incrs' ? value === STEP_INCRS : value))
  const line = { stroke: '--s1', points: { size: 4, fill: '--s1' } }
  const edge = { points: { show: false } }
  const axis = { stroke: '--muted', font: '11px --font', grid: { stroke: '--grid', width: 1 }, ticks: { show: false } }
  expect(JSON.parse(withoutFunctions)).toEqual({
    ...{ width: 500, height: 184, padding: [10, 18, 0, 0], legend: { show: false } },
    scales: { x: { time: false }, y: {} },
    axes: [
      { ...axis, size: 26, gap: 4, space: 64, incrs: true },
      { ...axis, gap: 4, space: 32 },
    ],
    series: [
      ...[{}, edge, edge, { ...line, width: 1, alpha: 0.35 }, { ...line, width: 1.5 }],
      { stroke: '--muted', width: 1, dash: [2, 3], alpha: 0.6, points: { show: false } },
    ],
    cursor: {
      sync: { key: 'hotcb', setSeries: false },
      drag: { x: true, y: false, setScale: false, dist: 4 },
      ...{ points: {}, bind: {} },
    },
    hooks: { setSelect: [null], setCursor: [null], drawAxes: [null], draw: [null, null] },
  })
  createPlot({ clientWidth: 50 } as HTMLElement, STORE, LOOK, 0, {} as PlotHooks)
  expect(made[0]?.options['width']).toBe(120)
})

test('the horizontal axis shows the steps of the store, and both axes have numbers that differ', () => {
  const { options } = optionsOf()
  expect(options.scales.x.range?.()).toEqual([5, 20])
  const [x, y] = options.axes
  expect(x?.values(null, [10_000, 20_000], 0, 0, 10_000)).toEqual(['10k', '20k'])
  expect(x?.values(null, [10_000, 10_001], 0, 0, 1)).toEqual(['10000', '10001'])
  expect(y?.values(null, [-1.0002, null, 1], 0, 0, 0.0001)).toEqual(['-1.0002', '', '1'])
  expect([y?.size(null, null), y?.size(null, ['1234', '']), y?.size(null, ['12345678'])]).toEqual([36, 37.6, 63.2])
})

test('the vertical axis is linear, logarithmic or has the limits of a person', () => {
  const scale = (look: Partial<PlotLook>) => optionsOf(look).options.scales.y
  expect([scale({}), scale({ isNormalised: true, isLog: true })]).toEqual([{}, {}])
  expect(scale({ isLog: true })).toEqual({ distr: 3, range: logRange })
  expect(optionsOf({ isLog: true }).options.axes[1]).toHaveProperty('splits', logSplits)
  for (const look of [{}, { isLog: true, isNormalised: true }])
    expect(optionsOf(look).options.axes[1]).not.toHaveProperty('splits')
  const plot = { data: [[0, 10], [], [], [1, 2]], scales: { x: { min: 0, max: 10 } } }
  const limited = scale({ names: ['loss'], axis: { ...PLAIN_OPTIONS, low: -1, high: 3 }, isLog: true })
  expect([limited.distr, limited.range?.(plot)]).toEqual([3, [expect.closeTo(0.97265), 3]])
  const ahead = [{ at: 0, line: { steps: [0, 10], values: [0, 26] } }]
  expect(scale({ names: ['loss'], ahead }).range?.(plot)).toEqual([-1.04, 27.04])
})

test('a selection of at least four pixels shows its steps, and a double click shows all', () => {
  const { options, seen } = optionsOf()
  const cleared: unknown[] = []
  const select = (width: number) => ({
    select: { left: 10, width },
    posToVal: (left: number) => left * 2,
    setSelect: (...all: unknown[]) => cleared.push(all),
  })
  for (const width of [3, 4]) options.hooks.setSelect[0]?.(select(width))
  expect(cleared).toEqual([[{ left: 0, top: 0, width: 0, height: 0 }, false]])
  options.cursor.bind.dblclick()()
  options.hooks.setCursor[0]?.(null)
  options.hooks.draw[1]?.(null)
  expect(seen).toEqual([{ from: 20, to: 28, last: null }, { from: null, to: null, last: null }, 'cursor', 'draw'])
})

test('the edges of bands have no dots, and isolated or few points are visible', () => {
  const { options } = optionsOf({ smoothing: 0.5 }, 1)
  const sizes = Array.from({ length: 9 }, (_, at) => options.cursor.points.size(null, at + 1))
  expect(sizes).toEqual([0, 0, 6, 6, 0, 0, 6, 6, 6])
  const { points } = options.series[3] ?? {}
  expect([points?.show(null, 0, 10, 39), points?.show(null, 0, 10, 40)]).toEqual([true, false])
  const plot = { data: [[], [null, 1, null, 2, 3, null, undefined, 4, null], [1, 2]] }
  expect([points?.filter(plot, 1, false), points?.filter(plot, 1, true), points?.filter(plot, 2, false)]).toEqual([
    [1],
    null,
    null,
  ])
  expect(points?.filter(plot, 7, false)).toBeNull()
  expect(options.series[1]?.paths?.()).toBeNull()
})

test('the data of a plot are the columns of its metrics on shared steps, then those of earlier attempts', () => {
  const gap = undefined
  expect(plotData(STORE, LOOK, 2)).toEqual([
    [0, 4, 5, 10],
    [3, gap, gap, 1],
    [1, gap, gap, 1],
    [2, gap, gap, 1],
    [null, gap, null, gap],
    [null, gap, null, gap],
    [0.5, gap, 0.6, gap],
    [7, null, gap, gap],
    [0, gap, gap, gap],
  ])
  expect(plotData(STORE, { ...LOOK, names: ['loss'] }, 0)).toEqual([
    [0, 10],
    [3, 1],
    [1, 1],
    [2, 1],
  ])
  expect(plotData(STORE, { ...LOOK, names: ['nope'] }, 2)).toEqual([[], [], [], [], [], []])
})

test('ghosts are counted up to eight', () => {
  const many = held('many', [0], [0], { ghosts: Array.from({ length: 7 }, () => ghost([0], [0])) })
  const store = storeOf(LOSS, ACC, many)
  expect([
    countGhosts(store, ['loss', 'acc', 'nope']),
    countGhosts(store, ['many', 'acc']),
    countGhosts(store, []),
  ]).toEqual([3, 8, 0])
})

test('a line with more points than a quarter of the pixels is thin, and so is one that is also smoothed', () => {
  const steps = Array.from({ length: 30 }, (_, step) => step)
  const store = storeOf(held('many', steps, steps), LOSS)
  const widths = (width: number, smoothing: number): readonly (number | undefined)[] => {
    const plot = { width, series: Array.from({ length: 11 }, () => ({ width: 0 })) }
    fitLines(plot as never, store, { ...LOOK, names: ['nope', 'many', 'loss', 'many'], smoothing })
    return plot.series.map((line) => line.width)
  }
  expect(widths(59, 0)).toEqual([0, 0, 0, 0, 0, 0, 1, 0, 0, 1.5, 0])
  expect(widths(60, 0)[6]).toBe(1.5)
  expect(widths(1000, 0.5)).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0])
})

test('steps are labelled at 1, 2 and 5 times a power of ten', () => {
  expect([STEP_INCRS.slice(0, 5), STEP_INCRS.at(-1), STEP_INCRS.length]).toEqual([[1, 2, 5, 10, 20], 5e15, 48])
})
