import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { forgetEdges, noteEdges, railEdges } from '../../src/web/changes/rail-edges.ts'
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
  forgetEdges()
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
  railEdges.value = { left: 1, right: 2 }
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
  railEdges.value = { left: 3, right: 4 }
  expect(calls).toEqual([{ width: 600, height: 42 }, 'unwant', 'disconnect', 'destroy'])
})

test('the steps of a rail are aligned with the page-wide chart if it is about as wide', () => {
  const sides = (span?: () => readonly [number, number]): readonly number[] => {
    const { padding } = open(span).options
    return [padding[1](), padding[3]()]
  }
  expect(sides()).toEqual([28, 44])
  railEdges.value = { left: 160, right: 650 }
  expect(sides()).toEqual([50, 60])
  expect(sides(() => [0, 9])).toEqual([28, 44])
  railEdges.value = { left: 100, right: 700 }
  expect(sides()).toEqual([28, 44])
  railEdges.value = { left: 299, right: 501 }
  expect(sides()).toEqual([199, 199])
  railEdges.value = { left: 300, right: 500 }
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

test('each drawing has a line in the middle, and reports where the steps are', () => {
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

test('the edges of a chart are noted when they change', () => {
  const plot = (left: number, right: number) =>
    ({ over: { getBoundingClientRect: () => ({ left, right, top: 5 }) } }) as never
  noteEdges(plot(1, 2))
  const first = railEdges.value
  noteEdges(plot(1, 2))
  expect(railEdges.value).toBe(first)
  noteEdges(plot(1, 3))
  expect(railEdges.value).toEqual({ left: 1, right: 3 })
  noteEdges(plot(2, 3))
  expect(railEdges.value).toEqual({ left: 2, right: 3 })
})
