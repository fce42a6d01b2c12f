import type uPlot from 'uplot'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { forgetEdges, noteEdges, railEdges, watchEdges } from '../../src/web/changes/rail-edges.ts'
import { openRailPlot, RAIL_HEIGHT } from '../../src/web/changes/rail-plot.ts'
import { STEP_INCRS } from '../../src/web/panels/charts/plot.ts'
import type { PlotSeries } from '../../src/web/streams/series-store.ts'
import { createListeners } from './element.ts'
import { recordedCanvas } from './recorded-canvas.ts'

vi.mock('../../src/web/theme.ts', () => ({ cssColor: (name: string) => name, isDark: { value: false } }))
const view = vi.hoisted(() => ({ spans: [] as unknown[] }))
vi.mock('../../src/web/panels/charts/view.ts', () => ({
  setSpan: (span: unknown) => view.spans.push(span),
  span: { value: { from: null, to: null, last: null } },
}))

// The parts of the options that these tests call.
interface Options {
  readonly padding: readonly [number, () => number, number, () => number]
  readonly scales: { readonly x: { readonly range: () => unknown } }
  readonly axes: readonly { readonly values: (...all: unknown[]) => unknown }[]
  readonly cursor: { readonly bind: { readonly dblclick: () => unknown } }
  readonly hooks: Readonly<Record<'setSelect' | 'draw', readonly ((plot: unknown) => void)[]>>
}

let calls: unknown[] = []
const made: { readonly options: Options; readonly data: unknown }[] = []
vi.mock('uplot', () => ({
  default: class {
    over = createListeners()
    root = createListeners()
    constructor(options: Options, data: unknown) {
      made.push({ options, data })
    }
    batch(task: () => void): void {
      task()
    }
    setScale = (...all: unknown[]) => calls.push(['scale', ...all])
    redraw = (...all: unknown[]) => calls.push(['redraw', ...all])
    setSize = (size: unknown) => calls.push(size)
    destroy = () => calls.push('destroy')
  },
}))

let resized = (): void => undefined
const opened: (() => void)[] = []
beforeEach(() => {
  calls = []
  made.length = 0
  view.spans.length = 0
  const page = createListeners()
  vi.stubGlobal('addEventListener', page.addEventListener)
  vi.stubGlobal('removeEventListener', page.removeEventListener)
  vi.stubGlobal('devicePixelRatio', 2)
  vi.stubGlobal(
    'ResizeObserver',
    class {
      constructor(listen: () => void) {
        resized = listen
      }
      observe = () => calls.push('observe')
      disconnect = () => calls.push('disconnect')
    },
  )
})
afterEach(() => {
  for (const close of opened.splice(0)) close()
  for (const drawn of charts.splice(0)) forgetEdges(drawn)
  vi.unstubAllGlobals()
})

function open(span?: () => readonly [number, number], width = 600) {
  const areas: { readonly left: number; readonly width: number; x(step: number): number }[] = []
  let redraw = (): void => undefined
  const series = {
    shown: [5, 50],
    want: (...[names, pixels, refresh]: Parameters<PlotSeries['want']>) => {
      calls.push(['want', names, pixels])
      redraw = refresh
      return () => calls.push('unwant')
    },
  } as unknown as PlotSeries
  const element = { clientWidth: width, getBoundingClientRect: () => ({ left: 100, right: 700 }) }
  const rail = openRailPlot(element as HTMLElement, { series, span, onDraw: (area) => void areas.push(area) })
  opened.push(rail.close)
  const [one] = made.splice(0)
  if (one === undefined) throw new Error('no plot')
  return { rail, areas, ...one, refresh: () => redraw() }
}

/** A drawn chart whose plot is between these edges of the window, in pixels. */
function chart(left: number, right: number) {
  const at = { left, right, top: 5 }
  return Object.assign({ over: { getBoundingClientRect: () => at }, at }) as uPlot & {
    readonly at: { left: number; right: number }
  }
}

const charts: uPlot[] = []
function draw(left: number, right: number): void {
  const drawn = chart(left, right)
  charts.push(drawn)
  noteEdges(drawn)
}

const ALL = { from: null, to: null, last: null }

test('the options of a rail', () => {
  const { options, data } = open()
  expect(JSON.parse(JSON.stringify(options))).toEqual({
    ...{ width: 600, height: RAIL_HEIGHT, padding: [0, null, 0, null], legend: { show: false } },
    scales: { x: { time: false }, y: { range: [0, 1] } },
    axes: [
      {
        ...{ stroke: '--muted', font: '11px --font', grid: { show: false }, ticks: { show: false } },
        ...{ size: 16, gap: 2, space: 64, incrs: STEP_INCRS },
      },
      { show: false },
    ],
    series: [{}, { show: false }],
    cursor: {
      ...{ sync: { key: 'hotcb', setSeries: false }, y: false, points: { show: false }, bind: {} },
      drag: { x: true, y: false, setScale: false, dist: 4 },
    },
    hooks: { setSelect: [null], draw: [null] },
  })
  const columns = [
    [5, 50],
    [null, null],
  ]
  expect([data, options.scales.x.range(), RAIL_HEIGHT]).toEqual([columns, [5, 50], 42])
  expect(options.axes[0]?.values(null, [10_000, 10_001], 0, 0, 1)).toEqual(['10000', '10001'])
  expect(open(undefined, 50).options).toHaveProperty('width', 120)
})

test('a rail shows the steps of the charts, and is drawn again when they change', () => {
  const { rail, refresh } = open()
  expect(calls).toEqual(['observe', ['want', [], 1], ['scale', 'x', { min: 5, max: 50 }], ['redraw', false, true]])
  calls = []
  refresh()
  rail.redraw()
  draw(1, 2)
  expect(calls).toEqual(
    Array(3)
      .fill([
        ['scale', 'x', { min: 5, max: 50 }],
        ['redraw', false, true],
      ])
      .flat(),
  )
  calls = []
  resized()
  rail.close()
  draw(3, 4)
  expect(calls).toEqual([{ width: 600, height: 42 }, 'unwant', 'disconnect', 'destroy'])
})

test('the steps of a rail are aligned with the page-wide chart if it is about as wide', () => {
  const sides = (span?: () => readonly [number, number]): readonly number[] => {
    const { padding } = open(span).options
    return [padding[1](), padding[3]()]
  }
  expect(sides()).toEqual([28, 44])
  draw(160, 650)
  expect(sides()).toEqual([50, 60])
  expect(sides(() => [0, 9])).toEqual([28, 44])
  draw(100, 700)
  expect(sides()).toEqual([28, 44])
  draw(299, 501)
  expect(sides()).toEqual([199, 199])
  draw(300, 500)
  expect(sides()).toEqual([28, 44])
})

test('a selection of at least four pixels zooms, and a double click shows all', () => {
  const { options } = open()
  const cleared: unknown[] = []
  const select = (width: number) => ({
    select: { left: 10, width },
    posToVal: (left: number, scale: string) => (scale === 'x' ? left * 2 : 0),
    setSelect: (...all: unknown[]) => cleared.push(all),
  })
  for (const width of [3, 4]) options.hooks.setSelect[0]?.(select(width))
  expect(cleared).toEqual([[{ left: 0, top: 0, width: 0, height: 0 }, false]])
  // uPlot calls this once, when it is created, for a function that listens.
  const listen = options.cursor.bind.dblclick() as () => unknown
  expect(view.spans).toEqual([{ from: 20, to: 28, last: null }])
  listen()
  expect(view.spans.at(-1)).toEqual(ALL)
})

test('a rail with its own steps can be neither zoomed nor panned', () => {
  const { options } = open(() => [0, 9])
  expect([options.scales.x.range(), options.cursor]).toMatchObject([[0, 9], { drag: { x: false } }])
  expect([options.cursor.bind.dblclick(), view.spans]).toEqual([null, []])
})

test('each drawing has a line in the middle, and reports the position of the steps', () => {
  const { options, areas } = open()
  const { target: ctx, calls: drawn } = recordedCanvas()
  const bbox = { left: 40, top: 10, width: 200, height: 50 }
  options.hooks.draw[0]?.({ ctx, bbox, valToPos: (step: number, scale: string) => (scale === 'x' ? step * 3 : 0) })
  expect(areas.map((area) => [area.left, area.width, area.x(7)])).toEqual([[20, 100, 21]])
  expect(drawn).toEqual([
    ...['save', 'strokeStyle = --line-strong', 'lineWidth = 2', 'beginPath', 'moveTo 40 35.5', 'lineTo 240 35.5'],
    ...['stroke', 'restore'],
  ])
})

test('a listener is called when a chart with other edges is drawn, or no chart is shown', () => {
  const edges: unknown[] = []
  const stop = watchEdges(() => edges.push(railEdges()))
  const one = chart(1, 2)
  noteEdges(one)
  noteEdges(chart(1, 2))
  noteEdges(one)
  one.at.right = 3
  noteEdges(one)
  one.at.left = 2
  noteEdges(one)
  forgetEdges(one)
  stop()
  noteEdges(one)
  forgetEdges(one)
  expect(edges).toEqual([undefined, { left: 1, right: 2 }, { left: 1, right: 3 }, { left: 2, right: 3 }, undefined])
})

test('the edges follow a chart that the page moved without drawing it', () => {
  const moved = chart(160, 650)
  noteEdges(moved)
  Object.assign(moved.at, { left: 162, right: 652 })
  const { padding } = open().options
  expect([railEdges(), padding[1](), padding[3]()]).toEqual([{ left: 162, right: 652 }, 48, 62])
  forgetEdges(moved)
})

test('the edges of the chart that is shown remain when the chart before it is removed', () => {
  const [before, shown] = [chart(1, 2), chart(3, 4)]
  noteEdges(before)
  noteEdges(shown)
  forgetEdges(before)
  expect(railEdges()).toEqual({ left: 3, right: 4 })
  forgetEdges(shown)
  expect(railEdges()).toBeUndefined()
})
