import { signal } from '@preact/signals'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { handleKey, handleWheel, showSpan, startPan } from '../../src/web/panels/charts/gestures.ts'
import { handleTouch } from '../../src/web/panels/charts/touch.ts'
import type { PlotSeries } from '../../src/web/streams/series-store.ts'
import { createListeners, type Listeners } from './element.ts'

const view = vi.hoisted(() => ({ spans: [] as unknown[], span: { value: {} as unknown } }))
vi.mock('../../src/web/panels/charts/view.ts', () => ({
  setSpan: (span: unknown) => view.spans.push(span),
  span: view.span,
}))

const ALL = { from: null, to: null, last: null }
let page: Listeners
beforeEach(() => {
  page = createListeners()
  vi.stubGlobal('addEventListener', page.addEventListener)
  vi.stubGlobal('removeEventListener', page.removeEventListener)
  view.span.value = ALL
  view.spans.length = 0
})
afterEach(() => {
  vi.unstubAllGlobals()
})

// The run has the steps from 0 to 1000; the charts show those from 100 to 300 on 400 pixels.
const store = { extent: signal({ first: 0, last: 1000 }), shown: [100, 300] } as unknown as PlotSeries

function plotOf(left?: number) {
  const [over, root] = [createListeners(), createListeners()]
  const cursors: unknown[] = []
  const plot = {
    over: { ...over, clientWidth: 400, clientHeight: 120, getBoundingClientRect: () => ({ left: 50 }) },
    ...{ root, cursor: { left }, setCursor: (cursor: unknown) => cursors.push(cursor) },
    posToVal: (place: number) => 100 + place / 2,
    valToPos: (step: number) => (step - 100) * 2,
  }
  return { plot: plot as never, over, root, cursors } // The parts of a plot that gestures use.
}

/** The spans that were set since the last call, as `from~to`. */
function shown(): readonly string[] {
  const text = (step: number | null): string => (step === null ? '' : String(Math.round(step * 1000) / 1000))
  return view.spans.splice(0).map((span) => {
    const { from, to, last } = span as { from: number | null; to: number | null; last: null }
    expect(last).toBeNull()
    return `${text(from)}~${text(to)}`
  })
}

test.each([
  [200, 400, '200~400'],
  [-50, 150, '0~200'],
  [900, 1100, '800~'],
  [801, 1000, '801~'],
  [800, 999, '800~999'],
  [0, 1000, '~'],
  [-5, 1000, '~'],
  [1, 1000, '1~'],
  [500, 500, '500~502'],
  [999.5, 1000, '998~'],
])('the steps from %j to %j are limited to those of the run', (from, to, text) => {
  showSpan(store, from, to)
  expect(shown()).toEqual([text])
})

test('a wheel zooms with Ctrl around the pointer, pans if it is horizontal, and scrolls the page otherwise', () => {
  const { plot, over } = plotOf()
  const stop = handleWheel(plot, store)
  const wheel = (event: object) => [over.fire('wheel', { deltaX: 0, deltaY: 0, clientX: 250, ...event }), ...shown()]
  expect(wheel({ deltaY: 100 })).toEqual([[]])
  expect(wheel({ deltaY: 100, deltaX: -100 })).toEqual([[]])
  expect(wheel({ deltaY: Math.log(2) / 0.002, ctrlKey: true })).toEqual([['preventDefault'], '0~400'])
  expect(wheel({ deltaY: -Math.log(2) / 0.002, metaKey: true, clientX: 50 })).toEqual([['preventDefault'], '100~200'])
  expect(wheel({ deltaX: 101, deltaY: 100 })).toEqual([['preventDefault'], '150.5~350.5'])
  expect(wheel({ deltaY: 40, shiftKey: true })).toEqual([['preventDefault'], '120~320'])
  expect(wheel({ deltaX: -40 })).toEqual([['preventDefault'], '80~280'])
  stop()
  expect(over.names()).toEqual([])
})

test('a drag with Shift pans until the button is released, and no selection begins', () => {
  const { plot, over, root } = plotOf()
  const stop = startPan(plot, store)
  const down = { shiftKey: true, button: 0, clientX: 100 }
  expect(over.fire('pointerdown', { ...down, shiftKey: false })).toEqual([])
  expect(over.fire('pointerdown', { ...down, button: 1 })).toEqual([])
  expect(page.names()).toEqual([])
  expect(over.fire('pointerdown', down)).toEqual(['stopPropagation', 'preventDefault'])
  page.fire('pointermove', { clientX: 140 })
  page.fire('pointermove', { clientX: 60 })
  expect(shown()).toEqual(['80~280', '120~320'])
  page.fire('pointerup')
  expect(page.names()).toEqual([])
  expect([root.fire('mousedown', { shiftKey: true }), root.fire('mousedown', {})]).toEqual([
    ['stopImmediatePropagation'],
    [],
  ])
  stop()
  expect([...over.names(), ...root.names()]).toEqual([])
})

test('arrow keys move the cursor within the visible steps, and its position is announced', () => {
  const press = (key: string, left: number | undefined, shiftKey = false) => {
    const { plot, cursors } = plotOf(left)
    const said: number[] = []
    let prevented = 0
    handleKey({ key, shiftKey, preventDefault: () => prevented++ } as never, plot, store, (step) => said.push(step))
    return [...said, ...cursors, prevented]
  }
  const at = (left: number) => ({ left, top: 60 })
  expect(press('ArrowRight', 0)).toEqual([102, at(4), 1])
  expect(press('ArrowLeft', 100)).toEqual([148, at(96), 1])
  expect(press('ArrowLeft', undefined)).toEqual([198, at(196), 1])
  expect(press('ArrowRight', -10, true)).toEqual([220, at(240), 1])
  expect(press('ArrowLeft', 0)).toEqual([100, at(0), 1])
  expect(press('ArrowRight', 398)).toEqual([300, at(400), 1])
  expect([press('a', 0), shown()]).toEqual([[0], []])
  expect([press('+', 200), press('=', 0), press('-', 200), press('0', 0)]).toEqual([[1], [1], [1], [1]])
  expect(shown()).toEqual(['140~260', '100~220', '33.333~366.667', '~'])
  const near = { ...store, shown: [100, 110] } as never
  const { plot } = plotOf(0)
  const said: number[] = []
  handleKey({ key: 'ArrowRight', preventDefault: () => undefined } as never, plot, near, (step) => said.push(step))
  expect(said).toEqual([101])
})

test('one finger moves the cursor, and pans a chart that is zoomed', () => {
  const { plot, over, cursors } = plotOf()
  const stop = handleTouch(plot, store)
  const finger = (clientX: number, pointerId = 1) => ({ pointerType: 'touch', pointerId, clientX })
  over.fire('pointerdown', { ...finger(90), pointerType: 'mouse' })
  page.fire('pointermove', finger(100))
  expect(cursors).toEqual([])
  over.fire('pointerdown', finger(90))
  page.fire('pointermove', finger(110))
  page.fire('pointermove', finger(150, 2))
  expect([cursors.splice(0), shown()]).toEqual([
    [
      { left: 40, top: 60 },
      { left: 60, top: 60 },
    ],
    [],
  ])
  for (const zoomed of [
    { ...ALL, from: 1 },
    { ...ALL, to: 1 },
    { ...ALL, last: 1 },
  ]) {
    view.span.value = zoomed
    page.fire('pointermove', finger(130))
  }
  expect([cursors, shown()]).toEqual([[], ['80~280', '80~280', '80~280']])
  page.fire('pointerup', finger(130))
  page.fire('pointermove', finger(140))
  expect(shown()).toEqual([])
  stop()
  expect([...over.names(), ...page.names()]).toEqual([])
})

test('two fingers zoom, and when the second one leaves, the first one pans', () => {
  const { plot, over, cursors } = plotOf()
  handleTouch(plot, store)
  const finger = (clientX: number, pointerId: number) => ({ pointerType: 'touch', pointerId, clientX })
  over.fire('pointerdown', finger(150, 1))
  over.fire('pointerdown', finger(250, 2))
  expect(cursors.splice(0)).toEqual([{ left: 100, top: 60 }])
  page.fire('pointermove', finger(350, 2))
  expect([cursors, shown()]).toEqual([[], ['125~225']])
  page.fire('pointercancel', finger(350, 2))
  view.span.value = { ...ALL, from: 1 }
  page.fire('pointermove', finger(170, 1))
  expect(shown()).toEqual(['90~290'])
})
