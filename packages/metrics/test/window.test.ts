import { describe, expect, test } from 'vitest'
import { extendSeries, type Series } from '../src/history/series.ts'
import { statsOf } from '../src/history/stats.ts'
import { edgesOf, linePoints, windowOf } from '../src/history/window.ts'
import { expectMean } from './exact.ts'
import { course, finiteOf, type Group, naiveEma, naiveGroups, naiveRows, rowsOf, seriesOf } from './plain-windows.ts'

// Hand-picked series; window.prop.test.ts uses random ones.

/** Lengths near the node sizes of the pyramid (16, 256, 4096) and the block size of an average (256). */
const LENGTHS = [0, 1, 15, 16, 17, 33, 255, 257, 272, 4097]

describe('a window', () => {
  test.each(LENGTHS)(
    'of %d points has the correct extremes, ends, means and counts in each bucket, at every width',
    (length) => {
      for (const gapEvery of [0, 7]) {
        const points = course(length, gapEvery)
        const series = seriesOf(points)
        const end = points.at(-1)?.[0] ?? 0
        for (const [from, to] of [
          [undefined, undefined],
          [-3, end],
          [end / 3, end * 0.9],
          [5, 5.5],
          [end, end + 9],
        ] as const) {
          // biome-ignore format: bounds
          for (const pixels of [1, 3, 40]) {
          const got = windowOf(series, { from, to, pixels })
          const groups = naiveGroups(points, got.from, got.to, pixels)
          expect(rowsOf(got)).toEqual(naiveRows(groups))
          for (const [at, group] of groups.entries()) expectMean(got.mean[at], finiteOf(group))
          expect(got.points).toBe(groups.flat().length)
          expect([got.from, got.to]).toEqual([from ?? points[0]?.[0] ?? 0, to ?? end])
        }
        }
      }
    },
  )

  test('of a thousand points shows each of them unless it gets fewer pixels', () => {
    const series = seriesOf(course(1000))
    expect([windowOf(series).count.length, windowOf(series, { pixels: 999 }).count.length < 1000]).toEqual([1000, true])
    expect(windowOf(seriesOf(course(1001))).count.length).toBeLessThan(1001)
  })

  test('of a series that grew in pieces equals that of a series built in one step', () => {
    for (const cuts of [
      [0, 16],
      [1, 15, 17, 250],
      [256, 257, 4096],
      [255, 300, 4097],
    ]) {
      const points = course(4400)
      let grown = seriesOf([])
      for (const cut of [...cuts, points.length]) grown = grownTo(grown, points.slice(0, cut))
      const whole = seriesOf(points)
      for (const pixels of [1, 7, 300]) expect(windowOf(grown, { pixels })).toEqual(windowOf(whole, { pixels }))
      expect([...grown.gaps]).toEqual([...whole.gaps])
      expect([...(grown.times ?? [])]).toEqual([...(whole.times ?? [])])
      expect(grown.pyramid.bytes).toBeGreaterThan(0)
    }
  })

  test('is drawn with real points in order: the ends, the extremes and a gap of each bucket', () => {
    const points: [number, number][] = [
      [0, 5],
      [1, 9],
      [2, 1],
      [3, Number.NaN],
      [4, 4],
      [5, 2],
      [6, 2],
      [7, 2],
    ]
    const series = seriesOf(points)
    expect(linePoints(windowOf(series, { pixels: 1 }))).toEqual({ steps: [0, 1, 2, 3, 7], values: [5, 9, 1, null, 2] })
    expect(linePoints(windowOf(series, { from: 3, to: 3 }))).toEqual({ steps: [3], values: [null] })
    expect(linePoints(windowOf(series, { from: 5, pixels: 1 }))).toEqual({ steps: [5, 7], values: [2, 2] })
    expect(linePoints(windowOf(series))).toEqual({ steps: points.map(([at]) => at), values: points.map(([, v]) => (Number.isNaN(v) ? null : v)) }) // biome-ignore format: short
  })

  test('refuses a number of pixels that is fractional or below 1, a bound that is not a number, and an unknown option', () => {
    const series = seriesOf(course(20))
    for (const pixels of [0, 1.5, -1]) expect(() => windowOf(series, { pixels })).toThrow(RangeError)
    expect(() => windowOf(series, { from: Number.NaN })).toThrow('`from` and `to` must be numbers, got NaN')
    expect(() => windowOf(series, { to: Number.NaN })).toThrow(RangeError)
    expect(() => windowOf(series, { pixel: 5 } as never)).toThrow(TypeError)
  })
})

test('a window without points, or with swapped bounds, is empty', () => {
  const three = seriesOf([
    [1, 1],
    [2, 2],
    [3, 3],
  ])
  expect(windowOf(three, { from: 5, to: 9 }).count).toHaveLength(0)
  expect(windowOf(three, { from: 3, to: 1 }).count).toHaveLength(0)
  expect(windowOf(seriesOf([])).count).toHaveLength(0)
  expect(() => windowOf(three, { pixels: 0 })).toThrow(new RangeError('`pixels` must be a whole number >= 1, got 0'))
})

describe('an average', () => {
  test.each([
    { weight: 0.9, per: 'point' },
    { weight: 0.5, per: 'step' },
    { weight: 0, per: 'point' },
  ] as const)('with weight $weight per $per has the mean and the last value of each bucket, in any window', (ema) => {
    for (const length of [0, 1, 255, 256, 257, 600, 1300]) {
      const points = course(length)
      const averages = naiveEma(points, ema)
      const end = points.at(-1)?.[0] ?? 0
      const grown = seriesOf(points.slice(0, length / 2))
      grown.emas.of(ema).over(grown, edgesOf(grown, {}).edges)
      const series = grownTo(grown, points)
      for (const [from, to, pixels] of [
        [-3, end, 1],
        [-3, end, 4],
        [end / 4, end, 2],
        [end * 0.4, end * 0.8, 50],
        [end + 1, end + 2, 5],
      ] as const) {
        // biome-ignore format: windows
        const got = series.emas.of(ema).over(series, edgesOf(series, { from, to, pixels }).edges)
        const groups = naiveGroups(averages, from, to, pixels)
        expect([...got.last]).toEqual(groups.map((group) => finiteOf(group).at(-1) ?? Number.NaN))
        expect(got.mean).toHaveLength(groups.length)
        for (const [at, group] of groups.entries()) expectMean(got.mean[at], finiteOf(group))
        const last = points.findLast(([, v]) => !Number.isNaN(v))
        expect(got.end).toMatchObject({ value: finiteOf(averages).at(-1) ?? 0, ...(last && { step: last[0] }) })
      }
    }
  })

  test('is cached and counted as memory use, and the least recently requested one of three is dropped', () => {
    const series = seriesOf(course(1024))
    const [slow, fast] = [{ weight: 0.99 }, { weight: 0.5 }].map((options) => series.emas.of(options))
    expect(series.emas.bytes).toBe(0)
    slow?.over(series, edgesOf(series, {}).edges)
    expect(series.emas.bytes).toBe(4 * 160)
    expect(series.emas.of({ weight: 0.99, per: 'point' })).toBe(slow)
    expect(series.emas.of({ weight: 0.5 })).toBe(fast)
    expect(series.emas.of({ weight: 0.99, per: 'step' })).not.toBe(slow)
    expect(series.emas.of({ weight: 0.5 })).toBe(fast)
    expect(series.emas.of({ weight: 0.99 })).not.toBe(slow)
  })

  test('the average of each step is the mean of all values so far, weighted by their age', () => {
    const points: [number, number][] = [
      [10, 4],
      [12, Number.NaN],
      [13, 1],
      [20, 7],
    ]
    const weighed = (ages: readonly number[], values: readonly number[]) =>
      ages.reduce((sum, age, i) => sum + 0.9 ** age * (values[i] ?? 0), 0) /
      ages.reduce((sum, age) => sum + 0.9 ** age, 0)
    const lastOf = (per: 'point' | 'step') => {
      const of = seriesOf(points)
      return of.emas.of({ weight: 0.9, per }).over(of, edgesOf(of, {}).edges).last
    }
    expect(lastOf('point')[3]).toBeCloseTo(weighed([2, 1, 0], [4, 1, 7]), 12)
    expect(lastOf('step')[3]).toBeCloseTo(weighed([10, 7, 0], [4, 1, 7]), 12)
    expect(lastOf('step')[1]).toBeNaN()
  })

  test('the mean of numbers whose sum overflows a double is correct', () => {
    const of = seriesOf(Array.from({ length: 100 }, (_, at): [number, number] => [at, at < 50 ? 1.5e308 : 1e308]))
    expect(windowOf(of, { pixels: 1 }).mean[0]).toBeCloseTo(1.25e308, -297)
    const { mean } = of.emas.of({ weight: 0 }).over(of, edgesOf(of, { pixels: 1 }).edges)
    expect(mean[0]).toBeCloseTo(1.25e308, -297)
  })
})

describe('the statistics of a range', () => {
  test('are those of its points, and its parts start and end between two points', () => {
    const points = course(300)
    const series = seriesOf(points)
    for (const [from, to] of [
      [-3, 700],
      [100, 200],
      [9.5, 9.6],
      [0, 30],
    ] as const) {
      const inside = points.filter(([at]) => at >= from && at <= to)
      const finite = finiteOf(inside)
      const at = (v: number) => ({ step: inside.find(([, other]) => other === v)?.[0], value: v })
      const got = statsOf(series, {
        from,
        to,
        parts: [
          [0, 0.25],
          [0.5, 1],
        ],
      })
      const none = finite.length === 0
      expect(got).toMatchObject({
        count: inside.length,
        gaps: inside.length - finite.length,
        min: none ? undefined : at(Math.min(...finite)),
        max: none ? undefined : at(Math.max(...finite)),
        first: inside[0] && { step: inside[0][0], value: inside[0][1] },
        firstTime: (inside[0]?.[0] ?? Number.NaN) + 0.5,
        lastTime: (inside.at(-1)?.[0] ?? Number.NaN) + 0.5,
      })
      expectMean(got.mean, finite)
      expectMean(got.parts[0], finiteOf(inside.slice(0, Math.ceil(inside.length * 0.25))))
      expectMean(got.parts[1], finiteOf(inside.slice(Math.floor(inside.length * 0.5))))
    }
    expect(statsOf(series)).toEqual(statsOf(series, { from: points[0]?.[0], to: points.at(-1)?.[0] }))
    expect(statsOf({ ...series, times: undefined })).toMatchObject({
      count: 300,
      firstTime: Number.NaN,
      lastTime: Number.NaN,
    })
  })

  test('refuse a bound that is not a number and a part that is not two ascending fractions', () => {
    const series = seriesOf(course(30))
    expect(() => statsOf(series, { to: Number.NaN })).toThrow('`from` and `to` must be numbers, got NaN')
    expect(() => statsOf(series, { from: Number.NaN })).toThrow(RangeError)
    for (const part of [
      [-0.1, 1],
      [0.6, 0.5],
      [0, 1.1],
      [Number.NaN, 1],
    ] as const) {
      expect(() => statsOf(series, { parts: [part] })).toThrow(RangeError)
    }
    expect(() => statsOf(series, { part: [] } as never)).toThrow(TypeError)
  })
})

function grownTo(series: Series, points: Group): Series {
  const numbers = (of: (point: Group[number]) => number) => Float64Array.from(points, of)
  return extendSeries(series, {
    steps: numbers(([at]) => at),
    values: numbers(([, v]) => v),
    times: numbers(([at]) => at + 0.5),
  })
}
