import { signal } from '@preact/signals'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type LivePlotOptions, openLivePlot, type PlotPoints } from '../../src/web/panels/charts/live-plot.ts'
import type { PlotHooks } from '../../src/web/panels/charts/plot.ts'
import type { HeldSeries } from '../../src/web/streams/held-series.ts'
import type { PlotSeries } from '../../src/web/streams/series-store.ts'
import { ghost, held } from './held.ts'

const seen = vi.hoisted(() => [] as unknown[])
const hooksOf = vi.hoisted(() => ({ current: undefined as unknown }))
const note = vi.hoisted(
  () =>
    (name: string) =>
    (...all: readonly unknown[]): void =>
      void seen.push([name, ...all]),
)
const plot = vi.hoisted(() => ({
  batch: (act: () => void) => act(),
  setData: (data: unknown) => seen.push(['setData', data]),
  setScale: (name: string, range: unknown) => seen.push(['setScale', name, range]),
  setSize: (size: unknown) => seen.push(['setSize', size]),
  destroy: () => seen.push(['destroy']),
}))
vi.mock('../../src/web/panels/charts/plot.ts', () => ({
  createPlot: (element: unknown, _store: unknown, look: unknown, ghosts: number, hooks: unknown) => {
    seen.push(['createPlot', element, look, ghosts])
    hooksOf.current = hooks
    return plot
  },
  countGhosts: (store: PlotSeries, names: readonly string[]) => (store.get(names[0] ?? '')?.ghosts.length ?? 0) + 10,
  fitLines: () => seen.push(['fitLines']),
  plotData: (store: PlotSeries, look: { names: string[] }, ghosts: number) => [
    ghosts,
    ...look.names.map((name) => store.get(name)?.steps),
  ],
}))
vi.mock('../../src/web/panels/charts/gestures.ts', () => ({
  handleWheel: () => note('stopWheel'),
  startPan: () => note('stopPan'),
}))
vi.mock('../../src/web/panels/charts/touch.ts', () => ({ handleTouch: () => note('stopTouch') }))
vi.mock('../../src/web/panels/charts/view.ts', () => ({ setSpan: note('setSpan') }))
vi.mock('../../src/web/panels/charts/marks.ts', () => ({ drawMarks: note('marks') }))
vi.mock('../../src/web/panels/charts/draw-ahead.ts', () => ({ drawAhead: note('ahead') }))
vi.mock('../../src/web/panels/charts/notes.ts', () => ({
  placeNotes: (...all: readonly unknown[]) => {
    seen.push(['placeNotes', ...all])
    return ['placed']
  },
}))

interface Observer {
  readonly kind: string
  readonly call: (entries?: unknown) => void
  element: unknown
  isOn: boolean
}
let observers: Observer[] = []
const observerOf = (kind: string) =>
  class {
    readonly #own: Observer
    constructor(call: () => void) {
      this.#own = { kind, call, element: undefined, isOn: true }
      observers.push(this.#own)
    }
    observe(element: unknown): void {
      this.#own.element = element
    }
    disconnect(): void {
      this.#own.isOn = false
    }
  }

beforeEach(() => {
  seen.length = 0
  observers = []
  vi.stubGlobal('ResizeObserver', observerOf('size'))
  vi.stubGlobal('IntersectionObserver', observerOf('sight'))
  vi.stubGlobal('devicePixelRatio', 2)
})
afterEach(() => void vi.unstubAllGlobals())

const ELEMENT = { clientWidth: 640 } as HTMLElement
const LOOK = {
  names: ['loss', 'acc'],
  height: 184,
  isLog: true,
  isNormalised: false,
} as unknown as LivePlotOptions['look']

function open(first: readonly HeldSeries[], more: Partial<LivePlotOptions> = {}) {
  const series = new Map(first.map((one) => [one.name, one]))
  const drawing = { draw: (): void => undefined }
  const store: PlotSeries = {
    extent: signal({ first: 0, last: 20 }),
    shown: [5, 20],
    get: (name) => series.get(name),
    want(names, pixels, draw) {
      seen.push(['want', names, pixels])
      drawing.draw = draw
      return note('unwant')
    },
  }
  const points: PlotPoints[] = []
  const options: LivePlotOptions = {
    ...{ store, look: LOOK, ghosts: 2, pixels: 300 },
    ...{ marks: () => ['mark'] as never, notes: () => ['note'] as never, ...more },
  }
  const steps = note('step')
  const live = openLivePlot(ELEMENT, options, {
    onStep: steps,
    onPoints: (summary) => void points.push(summary),
    onNotes: note('notes'),
    onDraw: note('draw'),
  })
  // The hooks that the plot received.
  return { live, points, series, drawing, hooks: hooksOf.current as PlotHooks }
}

/** The calls since the last call of this function. */
const calls = (): readonly unknown[] => seen.splice(0)

const LOSS = held('loss', [0, 10], [2, -1], { ghosts: [ghost([0], [1])] })

test('a plot is drawn when it is opened and when points arrive, and only scaled if they are the same', () => {
  const { live, drawing, series, points } = open([LOSS])
  expect(live.plot).toBe(plot)
  expect(calls()).toEqual([
    ['createPlot', ELEMENT, LOOK, 2],
    ['fitLines'],
    ['setData', [2, [0, 10], undefined]],
    ['step', null],
    ['want', ['loss', 'acc'], 300],
  ])
  drawing.draw()
  expect(calls()).toEqual([['fitLines'], ['setScale', 'x', { min: 5, max: 20 }]])
  LOSS.revision = 7
  drawing.draw()
  expect(calls()).toEqual([['fitLines'], ['setData', [2, [0, 10], undefined]], ['step', null]])
  const acc = held('acc', [1], [1])
  acc.revision = 1
  series.set('acc', acc)
  drawing.draw()
  expect(calls()).toEqual([['fitLines'], ['setData', [2, [0, 10], [1]]], ['step', null]])
  drawing.draw()
  expect(calls()).toEqual([['fitLines'], ['setScale', 'x', { min: 5, max: 20 }]])
  LOSS.revision = 0
  expect(points).toHaveLength(5)
})

test('the summary says whether there are points, and which of them cannot be drawn', () => {
  const empty = (name: string): HeldSeries => held(name, [], [])
  const summary = (first: readonly HeldSeries[], look = LOOK): unknown => open(first, { look }).points.at(-1)
  expect(summary([LOSS])).toEqual({
    ghosts: 11,
    found: 'some',
    missing: 'A log axis cannot show 0 or negative values; the smallest value here is -1.',
  })
  expect(summary([LOSS], { ...LOOK, isNormalised: true })).toEqual({ ghosts: 11, found: 'some', missing: '' })
  expect(summary([LOSS], { ...LOOK, isLog: false })).toEqual({ ghosts: 11, found: 'some', missing: '' })
  expect(summary([])).toEqual({ ghosts: 10, found: 'unread', missing: '' })
  expect(summary([empty('loss')])).toEqual({ ghosts: 10, found: 'unread', missing: '' })
  expect(summary([empty('loss'), empty('acc')])).toEqual({ ghosts: 10, found: 'none', missing: '' })
  expect(summary([empty('loss'), held('acc', [7], [1])])).toEqual({ ghosts: 10, found: 'some', missing: '' })
})

test('a plot that is not visible is not drawn until it is visible again', () => {
  const { drawing } = open([LOSS])
  const sight = observers.find(({ kind }) => kind === 'sight')
  calls()
  sight?.call([{ isIntersecting: true }, { isIntersecting: false }])
  drawing.draw()
  expect(calls()).toEqual([])
  sight?.call([{ isIntersecting: false }, { isIntersecting: true }])
  expect(calls()).toEqual([['fitLines'], ['setScale', 'x', { min: 5, max: 20 }]])
  sight?.call([{ isIntersecting: false }])
  sight?.call([])
  expect(calls()).toEqual([['fitLines'], ['setScale', 'x', { min: 5, max: 20 }]])
})

test('the chart receives the step under the cursor', () => {
  const { hooks } = open([LOSS])
  calls()
  const at = (left: number | undefined): void =>
    hooks.onCursor({
      cursor: { left },
      posToVal: (place: number, scale: string) => (scale === 'x' ? place / 4 : 99),
    } as never)
  for (const left of [undefined, -1, 0, 10, 9]) at(left)
  expect(calls()).toEqual([null, null, 0, 3, 2].map((step) => ['step', step]))
  hooks.onSpan({ from: 1, to: 2, last: null })
  expect(calls()).toEqual([['setSpan', { from: 1, to: 2, last: null }]])
})

test('marks, planned values, the overlay and notes are drawn on the lines, in this order', () => {
  const made = { name: 'plot' } as never
  const { hooks } = open([LOSS], { overlay: note('overlay') })
  calls()
  hooks.onDraw(made)
  expect(calls()).toEqual([
    ['marks', made, ['mark']],
    ['ahead', made, LOOK, 20],
    ['overlay', made],
    ['draw', made],
    ['placeNotes', made, ['note'], true, 2],
    ['notes', ['placed']],
  ])
  const look = { ...LOOK, isNormalised: true }
  open([LOSS], { look }).hooks.onDraw(made)
  expect(calls().slice(-5)).toEqual([
    ['marks', made, ['mark']],
    ['ahead', made, look, 20],
    ['draw', made],
    ['placeNotes', made, ['note'], false, 2],
    ['notes', ['placed']],
  ])
})

test('a plot is as wide as its element, and stops everything when it is closed', () => {
  const { live } = open([LOSS])
  calls()
  observers.find(({ kind }) => kind === 'size')?.call()
  expect(calls()).toEqual([['setSize', { width: 640, height: 184 }]])
  expect(observers.map(({ element, isOn }) => [element, isOn])).toEqual([
    [ELEMENT, true],
    [ELEMENT, true],
  ])
  live.close()
  expect(calls().flat()).toEqual(['unwant', 'stopWheel', 'stopPan', 'stopTouch', 'destroy'])
  expect(observers.map(({ isOn }) => isOn)).toEqual([false, false])
})
