import { smooth } from '@hotcb/metrics/judge'
import { expect, test } from 'vitest'
import type { SeriesBuckets, WireSeriesWindow } from '../../src/shared/wire.ts'
import { entryAt, type HeldSeries, holdWindow, isAfter, joinNews } from '../../src/web/streams/held-series.ts'

/** Buckets of some points; `first` and `last` values are those of `mean` unless they are given. */
function buckets(more: Partial<SeriesBuckets> & Pick<SeriesBuckets, 'first_step' | 'mean'>): SeriesBuckets {
  const { first_step, mean } = more
  const rest = { count: mean.map(() => 1), gaps: mean.map(() => 0) }
  return { last_step: first_step, first: mean, last: mean, min: mean, max: mean, ...rest, ...more }
}
const none = buckets({ first_step: [], mean: [] })
const points = (steps: readonly number[], values: readonly (number | null)[]) =>
  ({ kind: 'points', steps, values }) as const
const burst = (own: SeriesBuckets) => ({ kind: 'burst', buckets: own }) as const

function hold(own: SeriesBuckets, more: Partial<WireSeriesWindow> = {}, weight?: number): HeldSeries {
  const window = { name: 'loss', buckets: own, ema: null, ghosts: [], complete: true, count: own.mean.length, ...more }
  return holdWindow(window, 'key', weight === undefined ? undefined : { weight })
}
const entries = ({ firstStep, lastStep, steps, count, gaps, mean, min, max }: HeldSeries): unknown =>
  firstStep.map((first, i) => [first, lastStep[i], steps[i], count[i], gaps[i], mean[i], min[i], max[i]])

test('a window becomes entries in the middle of their steps, with the lines of earlier attempts', () => {
  const own = buckets({
    ...{ first_step: [0, 10], last_step: [9, 20], mean: [5, null], min: [1, null], max: [9, null] },
    ...{ count: [10, 11], gaps: [0, 11], last: [4, null] },
  })
  const ghosts = [{ buckets: buckets({ first_step: [0, 4], last_step: [2, 4], mean: [7, 8] }) }]
  const held = hold(own, { ghosts: ghosts as never, complete: false })
  expect(entries(held)).toEqual([
    [0, 9, 4.5, 10, 0, 5, 1, 9],
    [10, 20, 15, 11, 11, null, null, null],
  ])
  const { name, key, isSample, isSmoothed, smoothed, extent, newest, fetched, revision, average } = held
  expect({ name, key, isSample, isSmoothed, smoothed, extent, newest, fetched, revision, average }).toEqual({
    ...{ name: 'loss', key: 'key', isSample: true, isSmoothed: false, smoothed: [], extent: { low: 1, high: 9 } },
    ...{ newest: { step: 20, value: null }, fetched: 2, revision: 0, average: undefined },
  })
  expect(held.ghosts).toEqual([{ steps: [1, 4], values: [7, 8] }])
  const empty = hold(none)
  expect([entries(empty), empty.newest, empty.isSample]).toEqual([[], undefined, false])
  expect(empty.extent).toEqual({ low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY })
})

test('live points are appended once, and widen the range of values', () => {
  const held = hold(buckets({ first_step: [1], mean: [5] }))
  expect(joinNews(held, points([0, 1, 2, 3], [9, 5, -1, null]))).toBe('joined')
  expect(entries(held)).toEqual([
    [1, 1, 1, 1, 0, 5, 5, 5],
    [2, 2, 2, 1, 0, -1, -1, -1],
    [3, 3, 3, 1, 1, null, null, null],
  ])
  expect([held.newest, held.extent, held.smoothed]).toEqual([{ step: 3, value: null }, { low: -1, high: 5 }, []])
  const empty = hold(none)
  expect([joinNews(empty, points([4], [2])), entries(empty)]).toEqual(['joined', [[4, 4, 4, 1, 0, 2, 2, 2]]])
})

test('a newest step that is written again has its new value, unless its entry contains other points', () => {
  const held = hold(buckets({ first_step: [1, 2], mean: [5, 6] }))
  expect(joinNews(held, points([2], [8]))).toBe('joined')
  expect([entries(held), held.newest, held.extent.high]).toEqual([
    [
      [1, 1, 1, 1, 0, 5, 5, 5],
      [2, 2, 2, 1, 0, 8, 8, 8],
    ],
    { step: 2, value: 8 },
    8,
  ])
  expect(joinNews(held, points([2, 3], [null, 1]))).toBe('joined')
  expect([held.gaps, held.mean]).toEqual([
    [0, 1, 0],
    [5, null, 1],
  ])
  const wide = hold(buckets({ first_step: [1], last_step: [2], mean: [5], count: [2] }))
  expect([joinNews(wide, points([2, 3], [8, 9])), wide.mean]).toEqual(['stale', [5, 9]])
})

test('live points continue the smoothed line exactly', () => {
  const values = [4, 2, 8, 6, 1]
  const exact = smooth(values, 0.5)
  const end = { value: exact[1] ?? 0, weights: 1.5, step: 2 }
  const held = hold(
    buckets({ first_step: [1, 2], mean: [4, 2] }),
    { ema: { mean: [...exact.slice(0, 2)], end } as never },
    0.5,
  )
  expect([held.isSmoothed, held.smoothed]).toEqual([true, exact.slice(0, 2)])
  // The step 3 is written twice.
  expect(joinNews(held, points([3], [100]))).toBe('joined')
  expect(joinNews(held, points([3, 4], [8, 6]))).toBe('joined')
  expect(joinNews(held, points([5], [null]))).toBe('joined')
  expect(joinNews(held, points([5], [1]))).toBe('joined')
  expect(held.smoothed.map((one) => one?.toFixed(9))).toEqual(exact.map((one) => one?.toFixed(9)))
  expect([joinNews(held, points([5], [null])), held.smoothed.at(-1)]).toEqual(['joined', null])
})

test('the average of a window cannot be undone, and that of a sample is not continued', () => {
  const ema = { mean: [4], end: { value: 4, weights: 1, step: 1 } } as never
  const own = buckets({ first_step: [1], mean: [4] })
  const held = hold(own, { ema }, 0.5)
  expect([joinNews(held, points([1], [5])), held.mean]).toEqual(['stale', [4]])
  const sample = hold(own, { ema, complete: false }, 0.5)
  expect([joinNews(sample, points([2], [5])), sample.smoothed, sample.average]).toEqual([
    'joined',
    [4, null],
    undefined,
  ])
  expect(joinNews(sample, points([2], [6]))).toBe('joined')
  const unknown = hold(own, { ema: null }, 0.5)
  expect([unknown.isSmoothed, unknown.smoothed, unknown.average]).toEqual([true, [], undefined])
})

test('a burst is appended as buckets, and the smoothed line ends before it', () => {
  const plain = hold(buckets({ first_step: [1], mean: [4] }))
  const own = buckets({
    ...{ first_step: [0, 2, 5], last_step: [1, 4, 9], mean: [4, 6, 7], min: [4, 5, null], max: [4, 8, 7] },
    ...{ count: [1, 3, 5], gaps: [0, 1, 2], last: [4, 6, null] },
  })
  expect(joinNews(plain, burst(own))).toBe('joined')
  expect([entries(plain), plain.newest, plain.extent]).toEqual([
    [
      [1, 1, 1, 1, 0, 4, 4, 4],
      [2, 4, 3, 3, 1, 6, 5, 8],
      [5, 9, 7, 5, 2, 7, null, 7],
    ],
    { step: 9, value: null },
    { low: 4, high: 8 },
  ])
  const ema = { mean: [4], end: { value: 4, weights: 1, step: 1 } } as never
  const smoothed = hold(buckets({ first_step: [1], mean: [4] }), { ema }, 0.5)
  expect([joinNews(smoothed, burst(own)), smoothed.smoothed, smoothed.average]).toEqual([
    ...['stale', [4, null, null], undefined],
  ])
})

test('a bucket that starts within the series makes it stale', () => {
  const held = hold(buckets({ first_step: [1, 3], mean: [4, 5] }))
  const own = buckets({ first_step: [3, 6], last_step: [5, 6], mean: [9, 8] })
  expect([joinNews(held, burst(own)), held.mean]).toEqual(['stale', [4, 5, 8]])
  const empty = hold(none)
  expect([joinNews(empty, burst(own)), empty.mean]).toEqual(['joined', [9, 8]])
})

test('the entry at a step contains it, or is the last one before it', () => {
  const held = hold(buckets({ first_step: [2, 5, 9], last_step: [3, 5, 20], mean: [1, 1, 1] }))
  expect([1, 2, 3, 4, 5, 8, 9, 99].map((step) => entryAt(held, step))).toEqual([-1, 0, 0, 0, 1, 1, 2, 2])
  expect(entryAt(hold(none), 5)).toBe(-1)
})

test('live data is newer than a step if its last point is', () => {
  expect([3, 4, 5].map((step) => isAfter(points([9, 4], [1, 1]), step))).toEqual([true, false, false])
  const own = burst(buckets({ first_step: [1], last_step: [4], mean: [1] }))
  expect([3, 4, 5].map((step) => isAfter(own, step))).toEqual([true, false, false])
  expect([isAfter(points([], []), 1), isAfter(burst(none), 1)]).toEqual([false, false])
})
