import { expect, test, vi } from 'vitest'
import { plainChart } from '../../src/web/compare/chart-spec.ts'
import type { Line } from '../../src/web/compare/lines.ts'
import { type Picture, paint, pictureInks, placeText, plotBox } from '../../src/web/compare/paint.ts'
import { recordedSurface } from './recorded-canvas.ts'

vi.mock('../../src/web/theme.ts', () => ({ cssColor: (name: string) => `ink${name}` }))

function line(ys: readonly (number | null)[], more: Partial<Line> = {}): Line {
  return { id: 'a', label: 'a', color: 'red', xs: ys.map((_, i) => i * 10), ys, isComplete: true, ...more }
}

// Its box is 100 by 100 pixels, with a pixel for each unit.
const PICTURE: Picture = {
  lines: [],
  spec: plainChart('a'),
  axis: { kind: 'step' },
  spanX: [0, 100],
  spanY: [0, 100],
  width: 168,
  height: 134,
  inks: { text: 'text', grid: 'grid', threshold: 'bad', mark: 'mark' },
}

function painted(changes: Partial<Picture>): readonly string[] {
  const { target, calls } = recordedSurface()
  paint(target, { ...PICTURE, ...changes })
  return calls
}

/** The calls inside the box: neither the axes nor the clip around them. */
function inside(changes: Partial<Picture>): readonly string[] {
  const calls = painted(changes)
  return calls.slice(calls.findIndex((call) => call.startsWith('clip')) + 1, -1)
}

test('a picture has a grid with numbers at round values, and everything else is clipped to its box', () => {
  expect(painted({})).toMatchInlineSnapshot(`
    [
      "line (56,108) (156,108) grid 1",
      "text 0 50 108 text right 11",
      "line (56,58) (156,58) grid 1",
      "text 50 50 58 text right 11",
      "line (56,8) (156,8) grid 1",
      "text 100 50 8 text right 11",
      "line (56,8) (56,108) grid 1",
      "text 0 56 121 text center 11",
      "line (156,8) (156,108) grid 1",
      "text 100 156 121 text center 11",
      "clip 56 8 100 100",
      "unclip",
    ]
  `)
  expect(painted({ spec: { ...plainChart('a'), isLog: true }, spanX: [0, 0], spanY: [1, 100] })).toMatchInlineSnapshot(`
    [
      "line (56,108) (156,108) grid 1",
      "text 1 50 108 text right 11",
      "line (56,92.95) (156,92.95) grid 1",
      "text 2 50 92.95 text right 11",
      "line (56,73.05) (156,73.05) grid 1",
      "text 5 50 73.05 text right 11",
      "line (56,58) (156,58) grid 1",
      "text 10 50 58 text right 11",
      "line (56,42.95) (156,42.95) grid 1",
      "text 20 50 42.95 text right 11",
      "line (56,23.05) (156,23.05) grid 1",
      "text 50 50 23.05 text right 11",
      "line (56,8) (156,8) grid 1",
      "text 100 50 8 text right 11",
      "clip 56 8 100 100",
      "unclip",
    ]
  `)
  expect(painted({ height: 274, spanX: [0, 0], spanY: [-0.002, 0.001] })).toMatchInlineSnapshot(`
    [
      "line (56,248) (156,248) grid 1",
      "text -0.002 50 248 text right 11",
      "line (56,208) (156,208) grid 1",
      "text -0.0015 50 208 text right 11",
      "line (56,168) (156,168) grid 1",
      "text -0.001 50 168 text right 11",
      "line (56,128) (156,128) grid 1",
      "text -5e-4 50 128 text right 11",
      "line (56,88) (156,88) grid 1",
      "text 0 50 88 text right 11",
      "line (56,48) (156,48) grid 1",
      "text 5e-4 50 48 text right 11",
      "line (56,8) (156,8) grid 1",
      "text 0.001 50 8 text right 11",
      "clip 56 8 100 240",
      "unclip",
    ]
  `)
})

test('the box of a plot has room for the axes, and a minimum size', () => {
  expect(plotBox({ width: 500, height: 300 })).toEqual({ left: 56, top: 8, width: 432, height: 266 })
  expect(plotBox({ width: 50, height: 50 })).toEqual({ left: 56, top: 8, width: 40, height: 40 })
})

test('a line is split at its gaps, a single point is a short dash, and more than twelve lines are thin', () => {
  expect(inside({ lines: [line([0, 50, null, 20, null, 30, 40])] })).toEqual([
    'line (56,108) (66,58) red 1.5 ()',
    'line (84.5,88) (87.5,88) red 1.5 ()',
    'line (106,78) (116,68) red 1.5 ()',
  ])
  const many = Array.from({ length: 13 }, () => line([0, 10], { dash: [6, 3] }))
  expect(inside({ lines: many })).toEqual(Array(13).fill('line (56,108) (66,98) red 1 (6,3)'))
  expect(inside({ lines: many.slice(1) })).toEqual(Array(12).fill('line (56,108) (66,98) red 1.5 (6,3)'))
  expect(inside({ lines: [line([null, null]), line([])] })).toEqual([])
  expect(inside({ lines: [line([5, 6], { ys: [5] })] })).toEqual(['line (54.5,103) (57.5,103) red 1.5 ()'])
})

test('of the points outside of the box, only the one next to each edge is drawn', () => {
  const drawn = line([1, 2, 3, 4, 5, 6, 7])
  expect(inside({ lines: [drawn], spanX: [20, 40] })).toEqual([
    'line (6,106) (56,105) (106,104) (156,103) (206,102) red 1.5 ()',
  ])
  expect(inside({ lines: [drawn], spanX: [21, 39] })).toEqual(['line (50.44,105) (106,104) (161.56,103) red 1.5 ()'])
  expect(inside({ lines: [drawn], spanX: [61, 80] })).toEqual([])
  expect(inside({ lines: [drawn], spanX: [-20, -1] })).toEqual([])
})

test('a log axis shows no value that is not positive', () => {
  const spec = { ...plainChart('a'), isLog: true, thresholds: [{ value: 0, label: 'zero' }] }
  expect(inside({ lines: [line([1, 0, 10, -1, 100])], spec, spanY: [1, 100] })).toEqual([
    'line (54.5,108) (57.5,108) red 1.5 ()',
    'line (74.5,58) (77.5,58) red 1.5 ()',
    'line (94.5,8) (97.5,8) red 1.5 ()',
  ])
})

test('a band is an area for each stretch with both edges', () => {
  const band = line([10, 20, 30, 40, 50, 60], { lows: [5, 15, null, 35, 45, 55], highs: [15, 25, 35, 45, null, 65] })
  expect(inside({ lines: [band] }).filter((call) => call.startsWith('area'))).toEqual([
    'area (56,93) (66,83) (66,93) (56,103) red 0.16',
  ])
  const { highs: _, ...halfBand } = band
  const { lows: __, ...otherHalf } = band
  expect(inside({ lines: [halfBand, otherHalf] }).filter((call) => call.startsWith('area'))).toEqual([])
  const last = line([1, 2, 3], { lows: [null, 1, 2], highs: [null, 3, 4] })
  expect(inside({ lines: [last] })[0]).toBe('area (66,105) (76,104) (76,106) (66,107) red 0.16')
  const short = line([1, 2, 3], { lows: [1, 1], highs: [2, 2] })
  expect(inside({ lines: [short] })[0]).toBe('area (56,106) (66,106) (66,107) (56,107) red 0.16')
})

test('changes are dashed lines, thresholds have labels, and annotations are at their value or at the bottom', () => {
  const thresholds = [
    { value: 50, label: 'half' },
    { value: 92, label: 'edge' },
    { value: 93, label: 'top\u202e' },
  ]
  const notes = [
    { step: 30, value: 40, text: 'up\u0000' },
    { step: 60, value: null, text: 'there' },
  ]
  expect(inside({ marks: [25], spec: { ...plainChart('a'), thresholds }, notes })).toMatchInlineSnapshot(`
    [
      "line (81,8) (81,108) mark 1 (3,3)",
      "line (56,58) (156,58) bad 1 (6,4)",
      "text half 152 50 bad right 11",
      "line (56,16) (156,16) bad 1 (6,4)",
      "text edge 152 8 bad right 11",
      "line (56,15) (156,15) bad 1 (6,4)",
      "text top\\u202E 152 23 bad right 11",
      "text • up\\u0000 83 68 mark left 11",
      "text • there 113 98 mark left 11",
    ]
  `)
})

test('positions are formatted for people', () => {
  const at = Date.parse('2026-03-01T10:20:30Z') / 1000
  const date = new Date(at * 1000)
  const day = 86_400
  const time = { kind: 'time' } as const
  expect(placeText(time, at, [at, at + 2 * day])).toBe(date.toLocaleTimeString())
  expect(placeText(time, at, [at, at + 2 * day + 1])).toBe(date.toLocaleDateString())
  const relative = { kind: 'relative' } as const
  const seconds = [0, 119, -119, 120, -120, 7199, 7200, -7200, 9000]
  expect(seconds.map((value) => placeText(relative, value, [0, 1]))).toEqual([
    ...['0 s', '119 s', '-119 s', '2 min', '-2 min', '120 min', '2 h', '-2 h', '2.5 h'],
  ])
  expect(placeText({ kind: 'epoch' }, 1.25, [0, 1])).toBe('1.25')
  expect(placeText({ kind: 'step' }, 12_000, [0, 60_000])).toBe('12k')
  expect(placeText({ kind: 'step' }, 12_001, [12_000, 12_012])).toBe('12001')
  const metric = { kind: 'metric', name: 'loss' } as const
  expect(placeText(metric, 1.234567, [-1, 1])).toBe('1.23')
  expect(placeText(metric, 1.234567, [1.2345, 1.2346])).toBe('1.23457')
  expect(placeText(metric, 1.234567, [-1000, 0])).toBe('1.23')
  expect(placeText(metric, 1.23456, [-2000, 1])).toBe('1.23')
})

test('the colours of a picture are those of the theme', () => {
  expect(pictureInks()).toEqual({
    ...{ text: 'ink--muted', grid: 'ink--grid', threshold: 'ink--bad', mark: 'ink--marker' },
  })
})
