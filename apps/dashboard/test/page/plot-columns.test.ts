import { expect, test, vi } from 'vitest'
import { PLAIN_OPTIONS } from '../../src/web/compare/chart-spec.ts'
import { pictureOf } from '../../src/web/panels/charts/picture.ts'
import {
  columnsEach,
  columnsOf,
  ghostColumns,
  missingFrom,
  type PlotLook,
} from '../../src/web/panels/charts/plot-columns.ts'
import type { HeldSeries } from '../../src/web/streams/held-series.ts'
import { ghost, held, storeOf } from './held.ts'

vi.mock('../../src/web/theme.ts', () => ({ cssColor: (name: string) => name, isDark: { value: false } }))

const LOOK: PlotLook = {
  ...{ names: ['loss', 'acc'], height: 184, smoothing: 0, isLog: false, isNormalised: false },
  ...{ axis: PLAIN_OPTIONS, ahead: [] },
}
const ACC = held('acc', [0, 5], [0.5, 0.6], { ghosts: [ghost([0], [0]), ghost([1], [1])] })

test('the columns of a metric are its steps, maxima, minima and means, as its axis shows them', () => {
  const look = (more: Partial<PlotLook>): PlotLook => ({ ...LOOK, ...more })
  const series = held('a', [0, 1, 2], [0, 4, null], {
    max: [2, 4, null],
    min: [-2, 4, null],
    count: [2, 1, 1],
    ghosts: [ghost([0, 1], [-1, 4])],
  })
  expect(columnsOf(series, look({ isNormalised: true, isLog: true }))).toEqual([
    ...[
      [0, 1, 2],
      [4 / 6, 1, null],
      [0, 1, null],
      [2 / 6, 1, null],
    ],
  ])
  expect(columnsOf(series, look({ isLog: true, smoothing: 0.5 }))).toEqual([
    ...[
      [0, 1, 2],
      [2, 4, null],
      [2, 4, null],
      [null, 4, null],
      [null, null, null],
    ],
  ])
  expect(columnsOf(held('a', [0], [3]), look({ isNormalised: true }))).toEqual([[0], [null], [null], [0.5]])
  expect(columnsOf(held('a', [0, 1], [0, -3], { count: [2, 2] }), look({ isLog: true }))).toEqual([
    ...[
      [0, 1],
      [null, null],
      [null, null],
      [null, null],
    ],
  ])
  const smooth = held('a', [0], [3], { ema: { mean: [2.5], last: [2.5], end: { value: 2.5, weights: 1, step: 0 } } })
  expect(columnsOf(smooth, look({ smoothing: 0.5 }))).toEqual([[0], [null], [null], [3], [2.5]])
  expect([columnsOf(undefined, look({ smoothing: 0.5 })), columnsOf(undefined, LOOK)]).toEqual([
    [[], [], [], [], []],
    [[], [], [], []],
  ])
  expect([columnsEach(0), columnsEach(0.1)]).toEqual([3, 4])
  expect([
    ghostColumns(series, LOOK),
    ghostColumns(series, look({ isLog: true })),
    ghostColumns(undefined, LOOK),
  ]).toEqual([
    [
      [
        [0, 1],
        [-1, 4],
      ],
    ],
    [
      [
        [0, 1],
        [null, 4],
      ],
    ],
    [],
  ])
})

test('what a chart cannot draw is described', () => {
  const text = (series: readonly (HeldSeries | undefined)[], isLog = false, span: readonly [number, number] = [0, 9]) =>
    missingFrom(series, span, isLog)
  expect(text([undefined, held('a', [0, 5], [1, 2])], true)).toBe('')
  expect(text([held('a', [0], [1], { complete: false })])).toBe('Still being read: this is a sample.')
  expect(text([held('a', [0, 1], [1, null], { gaps: [0, 1] })])).toBe('1 value here is not finite.')
  const gaps = held('a', [0, 4, 8], [1, -2, null], { gaps: [1, 2, 4], last_step: [3, 7, 9] })
  expect(text([gaps, gaps], true)).toBe(
    '14 values here are not finite. A log axis cannot show 0 or negative values; the smallest value here is -2.',
  )
  expect(
    [
      [4, 7],
      [3, 4],
      [8, 20],
      [10, 20],
    ].map(([from = 0, to = 0]) => text([gaps], false, [from, to])),
  ).toEqual(['2 values here are not finite.', '3 values here are not finite.', '4 values here are not finite.', ''])
  expect(text([held('a', [0, 1], [0, 1])], true)).toBe(
    'A log axis cannot show 0 or negative values; the smallest value here is 0.',
  )
  const wide = [held('a', [0, 1], [-1e307, 5e307])]
  expect([text(wide), text([held('a', [0, 1], [0, 5e307])]), text([held('a', [0, 1], [1, 6e307])], true)]).toEqual([
    'Values from -1e307 to 5e307 are too far apart to draw on one axis.',
    '',
    '',
  ])
})

test('a saved picture has the visible lines with their bands, and the smoothed lines separately', () => {
  const plot = { scales: { y: { min: -1, max: 4 } }, width: 400, height: 200 } as never
  const axis = { ...PLAIN_OPTIONS, thresholds: [{ value: 1, label: '' }] }
  const store = storeOf(
    held('loss', [0, 5, 10, 20, 21], [0, 1, 2, 3, 4], {
      max: [9, 1, 3, 3, 9],
      count: [2, 2, 2, 2, 2],
      complete: false,
    }),
    ACC,
  )
  const { inks, ...picture } = pictureOf(
    plot,
    store,
    { ...LOOK, isLog: true, isNormalised: true, axis },
    { marks: [3] },
  )
  expect(inks).toMatchObject({ text: '--muted' })
  const { lines, ...rest } = picture
  const line = { id: 'loss', label: 'loss', color: '--s1', xs: [5, 10, 20] }
  expect(lines).toEqual([
    {
      ...line,
      ys: [1 / 9, 2 / 9, 3 / 9],
      lows: [1 / 9, 2 / 9, 3 / 9],
      highs: [1 / 9, 3 / 9, 3 / 9],
      isComplete: false,
    },
    { id: 'acc', label: 'acc', color: '--s2', xs: [5], ys: [1], isComplete: true },
  ])
  expect(rest).toEqual({
    ...{ spec: PLAIN_OPTIONS, axis: { kind: 'step' }, spanX: [5, 20], spanY: [-1, 4], width: 400, height: 200 },
    marks: [3],
  })
  const smoothed = pictureOf({ scales: {} } as never, store, { ...LOOK, isLog: true, axis, smoothing: 0.5 }, {})
  expect(smoothed).toMatchObject({ spanY: [0, 1], spec: { isLog: true, thresholds: axis.thresholds } })
  expect(smoothed.lines.map(({ id, label, lows, ys }) => [id, label, lows, ys])).toEqual([
    ['loss', 'loss', [1, 2, 3], [1, 2, 3]],
    ['loss smoothed', 'loss (smoothed 0.5)', undefined, [null, null, null]],
    ['acc', 'acc', undefined, [0.6]],
    ['acc smoothed', 'acc (smoothed 0.5)', undefined, [null]],
  ])
})
