import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ShownAlert } from '../../src/shared/alerts.ts'
import type { Annotation } from '../../src/shared/annotations.ts'
import { alertsOf, drawAlerts, isDrawn } from '../../src/web/alerts/draw-alerts.ts'
import type { RailMark } from '../../src/web/changes/rail-mark.ts'
import { PLAIN_OPTIONS } from '../../src/web/compare/chart-spec.ts'
import { drawBands } from '../../src/web/panels/charts/bands.ts'
import { drawAhead } from '../../src/web/panels/charts/draw-ahead.ts'
import { drawThresholds } from '../../src/web/panels/charts/draw-thresholds.ts'
import { drawForecasts } from '../../src/web/panels/charts/forecasts.ts'
import { drawMarks } from '../../src/web/panels/charts/marks.ts'
import { placeNotes, sameNotes } from '../../src/web/panels/charts/notes.ts'
import type { PlotLook } from '../../src/web/panels/charts/plot-columns.ts'
import { recordedCanvas } from './recorded-canvas.ts'

vi.mock('../../src/web/session.ts', () => ({ pageConfig: { value: { chart: { mutation_dash: [4, 3] } } } }))
vi.mock('../../src/web/theme.ts', () => ({ cssColor: (name: string) => name, isDark: { value: false } }))

beforeEach(() => {
  vi.stubGlobal('devicePixelRatio', 2)
})
afterEach(() => {
  vi.unstubAllGlobals()
})

const BOX = { left: 40, top: 10, width: 200, height: 100 }
const LOOK: PlotLook = {
  ...{ names: ['loss', 'acc'], height: 184, smoothing: 0, isLog: false, isNormalised: false },
  ...{ axis: PLAIN_OPTIONS, ahead: [] },
}

/** A plot whose pixels on the canvas are 40 plus the step, and 110 minus the value. */
function plotOf(more: object = {}) {
  const { target: ctx, calls } = recordedCanvas()
  const plot = {
    ...{ ctx, bbox: BOX, valToPos: (value: number, scale: string) => (scale === 'x' ? 40 + value : 110 - value) },
    ...more,
  }
  return { plot: plot as never, calls } // The parts of a plot that drawing uses.
}

test('a threshold is a dashed line with its label, inside the plot', () => {
  const thresholds = [
    { value: 50, label: 'half\u202e' },
    { value: 93, label: 'edge' },
    { value: 100, label: 'top' },
    { value: 101, label: 'above' },
    { value: 0, label: 'zero' },
    { value: -1, label: 'below' },
  ]
  const drawn = (look: Partial<PlotLook>): readonly string[] => {
    const { plot, calls } = plotOf()
    drawThresholds(plot, { ...LOOK, axis: { ...PLAIN_OPTIONS, thresholds }, ...look })
    return calls
  }
  expect(drawn({})).toMatchInlineSnapshot(`
    [
      "save",
      "strokeStyle = --bad",
      "fillStyle = --bad",
      "lineWidth = 2",
      "setLineDash (12,8)",
      "font = 22px --font",
      "textAlign = right",
      "textBaseline = middle",
      "beginPath",
      "moveTo 40 60",
      "lineTo 240 60",
      "stroke",
      "fillText half\\u202E 232 44",
      "beginPath",
      "moveTo 40 17",
      "lineTo 240 17",
      "stroke",
      "fillText edge 232 33",
      "beginPath",
      "moveTo 40 10",
      "lineTo 240 10",
      "stroke",
      "fillText top 232 26",
      "beginPath",
      "moveTo 40 110",
      "lineTo 240 110",
      "stroke",
      "fillText zero 232 94",
      "restore",
    ]
  `)
  expect(drawn({ isLog: true }).filter((call) => call.startsWith('fillText')).length).toBe(3)
  expect([drawn({ isNormalised: true }), drawn({ axis: PLAIN_OPTIONS })]).toEqual([[], []])
})

test('a forecast is two bands and a dashed line in the colour of its metric', () => {
  const point = (step: number) => ({ step, value: 5, low80: 4, high80: 6, low95: 3, high95: 7 })
  const forecasts = new Map([
    ['loss', { ok: false }],
    ['acc', { ok: true, points: [point(1), point(2)] }],
  ])
  const { plot, calls } = plotOf()
  drawForecasts(plot, ['loss', 'acc', 'lr'], forecasts as never)
  expect(calls).toMatchInlineSnapshot(`
    [
      "save",
      "beginPath",
      "rect 40 10 200 100",
      "clip",
      "fillStyle = --s2",
      "strokeStyle = --s2",
      "globalAlpha = 0.14",
      "beginPath",
      "lineTo 41 107",
      "lineTo 42 107",
      "lineTo 42 103",
      "lineTo 41 103",
      "fill",
      "globalAlpha = 0.22",
      "beginPath",
      "lineTo 41 106",
      "lineTo 42 106",
      "lineTo 42 104",
      "lineTo 41 104",
      "fill",
      "globalAlpha = 1",
      "lineWidth = 3",
      "setLineDash (10,8)",
      "beginPath",
      "lineTo 41 105",
      "lineTo 42 105",
      "stroke",
      "restore",
    ]
  `)
})

test('planned values are dotted lines from the newest step on, and a log axis has only those above 0', () => {
  const ahead = [
    { at: 0, line: { steps: [0, 10, 20], values: [1, 0, -5] } },
    { at: 1, line: { steps: [0, 2], values: [1, 1] } },
  ]
  const drawn = (look: Partial<PlotLook>): readonly string[] => {
    const { plot, calls } = plotOf()
    drawAhead(plot, { ...LOOK, ahead: ahead as never, ...look }, 5)
    return calls
  }
  expect(drawn({})).toMatchInlineSnapshot(`
    [
      "save",
      "beginPath",
      "rect 40 10 200 100",
      "clip",
      "lineWidth = 3",
      "setLineDash (4,6)",
      "strokeStyle = --s1",
      "beginPath",
      "lineTo 45 109.5",
      "lineTo 50 110",
      "lineTo 60 115",
      "stroke",
      "restore",
    ]
  `)
  expect(drawn({ isLog: true }).filter((call) => call.startsWith('lineTo'))).toMatchInlineSnapshot(`
    [
      "lineTo 45 109.5",
    ]
  `)
  expect(drawn({ isNormalised: true })).toEqual([])
})

test('a change is a thin line in the colour of its source, and marks in the same pixels are one', () => {
  const mark = (step: number, more: Partial<RailMark> = {}) =>
    ({ id: `${step}`, step, source: 'person', outcome: 'applied', ...more }) as RailMark
  const { plot, calls } = plotOf()
  drawMarks(plot, [mark(-1), mark(0), mark(1), mark(2, { source: 'tuner', outcome: 'reverted' }), mark(200), mark(201)])
  expect(calls).toMatchInlineSnapshot(`
    [
      "save",
      "lineWidth = 2",
      "setLineDash (8,6)",
      "strokeStyle = --by-person",
      "globalAlpha = 0.7",
      "beginPath",
      "moveTo 40 10",
      "lineTo 40 110",
      "stroke",
      "strokeStyle = --by-tuner",
      "globalAlpha = 0.35",
      "beginPath",
      "moveTo 42 10",
      "lineTo 42 110",
      "stroke",
      "strokeStyle = --by-person",
      "globalAlpha = 0.7",
      "beginPath",
      "moveTo 240 10",
      "lineTo 240 110",
      "stroke",
      "restore",
    ]
  `)
})

function alert(id: string, more: Partial<ShownAlert>): ShownAlert {
  return { id, metric: 'loss', step: 5, value: null, level: 'warning', ...more } as ShownAlert
}

test('an alert marks its step with a line and a triangle, and its value with a ring', () => {
  const { plot, calls } = plotOf()
  drawAlerts(plot, [
    alert('a', { value: 50, level: 'critical' }),
    alert('b', { step: 200 }),
    ...[alert('c', { step: 201 }), alert('d', { step: -1 })],
  ])
  expect(calls).toMatchInlineSnapshot(`
    [
      "save",
      "strokeStyle = --bad",
      "fillStyle = --bad",
      "lineWidth = 3",
      "beginPath",
      "moveTo 45 10",
      "lineTo 45 110",
      "stroke",
      "beginPath",
      "moveTo 45 96",
      "lineTo 35 110",
      "lineTo 55 110",
      "fill",
      "beginPath",
      "arc 45 60 8 0 6.28",
      "stroke",
      "strokeStyle = --warn",
      "fillStyle = --warn",
      "lineWidth = 3",
      "beginPath",
      "moveTo 240 10",
      "lineTo 240 110",
      "stroke",
      "beginPath",
      "moveTo 240 96",
      "lineTo 230 110",
      "lineTo 250 110",
      "fill",
      "restore",
    ]
  `)
  const rings = (value: number): number => {
    const { plot: other, calls: drawn } = plotOf()
    drawAlerts(other, [alert('a', { value })])
    return drawn.filter((call) => call.startsWith('arc')).length
  }
  expect([-1, 0, 100, 101].map(rings)).toEqual([0, 1, 1, 0])
})

test('a chart marks the alerts of its metrics that have a step', () => {
  const alerts = [
    alert('a', {}),
    alert('b', { metric: 'acc' }),
    alert('c', { metric: null }),
    alert('d', { step: null }),
  ]
  expect(alertsOf(alerts, ['loss', 'lr']).map(({ id }) => id)).toEqual(['a'])
  expect(alerts.map(isDrawn)).toEqual([true, true, false, false])
})

test('the columns of a metric are filled in its colour, lighter behind a smoothed line', () => {
  const rects: string[] = []
  class Path {
    rect(...all: readonly number[]): void {
      rects.push(all.join(' '))
    }
  }
  vi.stubGlobal('Path2D', Path)
  const data = [
    [0, 10],
    [9, 9],
    [1, 1],
    [5, 5],
    [5, 5],
    [30, 30],
    [20, 20],
    [25, 25],
    [25, 25],
  ]
  const drawn = (smoothing: number, series: unknown): readonly string[] => {
    rects.length = 0
    const { plot, calls } = plotOf({ data, series })
    drawBands(plot, { ...LOOK, smoothing }, ['red'])
    return [
      ...calls.filter((call) => !call.startsWith('fill [') && !call.startsWith('fill')),
      ...calls.filter((call) => call.startsWith('fillStyle')),
      ...rects,
    ]
  }
  expect(drawn(0.5, [{ idxs: [0, 1] }])).toMatchInlineSnapshot(`
    [
      "save",
      "globalAlpha = 0.18",
      "restore",
      "fillStyle = red",
      "fillStyle = """,
      "40 101 5 8",
      "45 101 13 8",
      "40 80 5 10",
      "45 80 13 10",
    ]
  `)
  expect(drawn(0, [{ idxs: [0, 0] }])).toMatchInlineSnapshot(`
    [
      "save",
      "globalAlpha = 0.3",
      "restore",
      "fillStyle = red",
      "fillStyle = """,
      "40 101 1 8",
      "40 105 1 1",
    ]
  `)
  expect(drawn(0, [{}])).toEqual(['save', 'globalAlpha = 0.3', 'restore', 'fillStyle = red', 'fillStyle = ""'])
})

function note(id: string, step: number, value: number | null): Annotation {
  return { id, step, value, metric: null, text: id, author: null, ts: 0 }
}

test('a note is inside its plot: at its value, or at the bottom, with its text on the side with room', () => {
  const { plot } = plotOf({ valToPos: (value: number) => value })
  const notes = [note('a', 0, 0), note('b', 60, 50), note('c', 60.1, 50.1), note('d', 100, -0.1), note('e', 100.1, 1)]
  const places = placeNotes(plot, notes, true, 2)
  expect(places.map(({ note: { id }, left, top, isLeft }) => [id, left, top, isLeft])).toEqual([
    ['a', 20, 5, false],
    ['b', 80, 55, false],
    ['c', 80, 45, true],
    ['d', 120, 45, true],
  ])
  expect(placeNotes(plot, [note('z', -0.1, 1)], true, 2)).toEqual([])
})

test('notes are the same if each is the same note at the same position', () => {
  const place = { note: note('a', 1, 1), left: 1, top: 2, isLeft: false }
  expect(sameNotes([], [])).toBe(true)
  expect(sameNotes([place], [{ ...place }])).toBe(true)
  for (const other of [[], [{ ...place, left: 2 }], [{ ...place, top: 3 }], [{ ...place, note: note('a', 1, 1) }]])
    expect(sameNotes([place], other)).toBe(false)
  expect(sameNotes([], [place])).toBe(false)
})
