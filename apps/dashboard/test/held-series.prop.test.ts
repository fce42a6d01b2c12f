import { bucketsOf, createSeries } from '@hotcb/metrics'
import { Ema, smooth } from '@hotcb/metrics/judge'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wireBuckets } from '../src/server/series-wire.ts'
import type { WireSeriesWindow } from '../src/shared/wire.ts'
import { entryAt, type HeldSeries, holdWindow, joinNews, type LiveNews } from '../src/web/streams/held-series.ts'

type Points = readonly (readonly [step: number, value: number | null])[]

const points = fc
  .array(
    fc.tuple(
      fc.integer({ min: 1, max: 5 }),
      fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => value + 0)),
    ),
    {
      minLength: 2,
      maxLength: 200,
    },
  )
  .map((strides): Points => {
    let step = 0
    return strides.map(([stride, value]) => {
      step += stride
      return [step, value]
    })
  })

test('whether a part of a run arrived as a window, as live points or as bursts, each entry matches its points', () => {
  const cuts = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.boolean()), { minLength: 1, maxLength: 10 })
  fc.assert(
    fc.property(points, fc.integer({ min: 1, max: 30 }), cuts, (all, buckets, pieces) => {
      const known = Math.floor(all.length / 2)
      const held = holdWindow(windowOf(all.slice(0, known), buckets), 'key', undefined)
      let at = known
      for (const [count, isBurst] of pieces) {
        // Some of the new data is already in the series, as after a fetch that was faster than the stream.
        const part = all.slice(Math.max(0, at - (isBurst ? 0 : 3)), at + count)
        at = Math.min(all.length, at + count)
        expect(joinNews(held, isBurst ? burst(part, 3) : news(part))).toBe('joined')
      }
      expect(held.count.reduce((sum, count) => sum + count, 0)).toBe(at)
      let start = 0
      for (const [i, count] of held.count.entries()) {
        const own = all.slice(start, start + count)
        const finite = own.map(([, value]) => value).filter((value) => value !== null)
        expect([held.firstStep[i], held.lastStep[i]]).toEqual([own[0]?.[0], own.at(-1)?.[0]])
        expect([held.min[i], held.max[i]]).toEqual(
          finite.length === 0 ? [null, null] : [Math.min(...finite), Math.max(...finite)],
        )
        if (finite.length === 0) expect(held.mean[i]).toBeNull()
        else expect(held.mean[i]).toBeCloseTo(finite.reduce((sum, value) => sum + value, 0) / finite.length, 6)
        for (const [step] of own) expect(entryAt(held, step)).toBe(i)
        start += count
      }
      expect(held.newest).toEqual(at === 0 ? undefined : { step: all[at - 1]?.[0], value: all[at - 1]?.[1] })
    }),
  )
})

test('live points continue the smoothing exactly where the window of the server ended, even when a step is written again', () => {
  fc.assert(
    fc.property(points, fc.constantFrom(0.3, 0.9, 0.99), (all, weight) => {
      const known = Math.floor(all.length / 2)
      const held = holdWindow(windowOf(all.slice(0, known), known, weight), 'key', { weight })
      for (const point of all.slice(known)) {
        const [step] = point
        expect(joinNews(held, news([[step, 123]]))).toBe('joined')
        expect(joinNews(held, news([point]))).toBe('joined')
      }
      expect(held.smoothed).toEqual(
        smooth(
          all.map(([, value]) => value),
          weight,
        ),
      )
    }),
  )
})

test('if data cannot be joined exactly, the window is requested again, and no wrong number is drawn', () => {
  const ten: Points = Array.from({ length: 10 }, (_, step) => [step, step])
  const plain = holdWindow(windowOf(ten, 2), 'key', undefined)
  // The last bucket contains the mean of five points, from which the replaced value cannot be removed.
  expect(joinNews(plain, news([[9, 99]]))).toBe('stale')
  expect(plain.mean).toEqual([2, 7])
  // A burst that starts among the existing points.
  expect(
    joinNews(
      plain,
      burst(
        [
          [8, 8],
          [9, 9],
          [10, 10],
        ],
        1,
      ),
    ),
  ).toBe('stale')
  expect(plain.mean).toEqual([2, 7])
  const smoothed = holdWindow(windowOf(ten, 10, 0.5), 'key', { weight: 0.5 })
  expect(
    joinNews(
      smoothed,
      burst(
        [
          [10, 1],
          [11, 3],
        ],
        1,
      ),
    ),
  ).toBe('stale')
  expect(joinNews(smoothed, news([[12, 5]]))).toBe('joined')
  expect([smoothed.mean.slice(10), smoothed.smoothed.slice(10)]).toEqual([
    [2, 5],
    [null, null],
  ])
  expect(joinNews(smoothed, news([[3, 77]]))).toBe('joined')
  expect(smoothed.count).toHaveLength(12)
})

test('an average over a sample of a long file is not continued as if it covered all points', () => {
  const window = windowOf(
    [
      [0, 1],
      [5, 2],
    ],
    2,
    0.5,
  )
  const held: HeldSeries = holdWindow({ ...window, complete: false }, 'key', { weight: 0.5 })
  joinNews(held, news([[6, 3]]))
  expect(held.smoothed.at(-1)).toBeNull()
})

function windowOf(all: Points, buckets: number, weight?: number): WireSeriesWindow {
  const edges = Uint32Array.from({ length: buckets + 1 }, (_, at) => Math.floor((at * all.length) / buckets))
  const distinct = edges.filter((edge, i) => i === 0 || edge !== edges[i - 1])
  const series = seriesOf(all)
  const ema = new Ema({ weight: weight ?? 0 })
  const averages = all.map(([step, value]) => (value === null ? null : ema.take(step, value)))
  const end = { value: ema.value, weights: ema.weights, step: ema.step }
  return {
    name: 'm',
    count: all.length,
    complete: true,
    buckets: wireBuckets(bucketsOf(series, distinct)),
    ema: weight === undefined ? null : { mean: averages, last: averages, end },
    ghosts: [],
  }
}

function seriesOf(all: Points) {
  return createSeries(
    Float64Array.from(all, ([step]) => step),
    Float64Array.from(all, ([, value]) => value ?? Number.NaN),
  )
}

function news(part: Points): LiveNews {
  return { kind: 'points', steps: part.map(([step]) => step), values: part.map(([, value]) => value) }
}

function burst(part: Points, buckets: number): LiveNews {
  return { kind: 'burst', buckets: windowOf(part, buckets).buckets }
}
