import fc from 'fast-check'
import { expect, test } from 'vitest'
import { resolveAttempts } from '../src/history/attempts.ts'
import { pointsAround } from '../src/history/points-around.ts'
import { createSeries, extendSeries } from '../src/history/series.ts'
import { statsOf } from '../src/history/stats.ts'
import { edgesOf, linePoints, windowOf } from '../src/history/window.ts'
import { expectMean } from './exact.ts'
import { finiteOf, naiveEma, naiveGroups, naiveRows, pairs, rowsOf, seriesOf } from './plain-windows.ts'

const value = fc.oneof(
  { weight: 5, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, 1e300, -1e300, 0) },
)
const step = fc.oneof(
  fc.integer({ min: -50, max: 5000 }),
  fc.double({ min: -10, max: 100, noNaN: true }).map((at) => at + 0),
)

const series: fc.Arbitrary<[number, number][]> = fc
  .uniqueArray(fc.tuple(step, value), { selector: ([at]) => at, maxLength: 300, size: 'max' })
  .map((points) => points.map(([at, v]): [number, number] => [at, v + 0]).sort((a, b) => a[0] - b[0]))

test('for any data, window and width, each bucket has the correct extremes, ends and counts', () => {
  const window = fc.record({
    from: step,
    span: fc.double({ min: 0, max: 6000, noNaN: true }),
    pixels: fc.integer({ min: 1, max: 100 }),
  })
  fc.assert(
    fc.property(series, window, fc.boolean(), (points, { from, span, pixels }, whole) => {
      const options = whole ? { pixels } : { from, to: from + span, pixels }
      const got = windowOf(seriesOf(points), options)
      const groups = naiveGroups(points, got.from, got.to, pixels)
      expect(rowsOf(got)).toEqual(naiveRows(groups))
      for (const [at, group] of groups.entries()) expectMean(got.mean[at], finiteOf(group))
      expect(got.points).toBe(points.filter(([at]) => at >= got.from && at <= got.to).length)
    }),
    { numRuns: 200, endOnFailure: true },
  )
})

test('a series that grows in pieces returns the same answers as one that was built in one step', () => {
  fc.assert(
    fc.property(
      series,
      fc.array(fc.oneof(fc.nat(300), fc.constantFrom(15, 16, 17, 255, 256, 257)), { maxLength: 6 }),
      fc.integer({ min: 1, max: 100 }),
      (points, cuts, pixels) => {
        let grown = seriesOf([])
        for (const cut of [...cuts.sort((a, b) => a - b), points.length]) {
          const part = points.slice(0, cut)
          if (part.length < grown.steps.length) continue
          grown = extendSeries(grown, {
            steps: Float64Array.from(part, ([at]) => at),
            values: Float64Array.from(part, ([, v]) => v),
          })
        }
        expect(windowOf(grown, { pixels })).toEqual(windowOf(seriesOf(points), { pixels }))
      },
    ),
    { numRuns: 150, endOnFailure: true },
  )
})

test('one spike among a million points is in the window at every zoom', () => {
  const count = 1_000_000
  const spike = 654_321
  const values = Float64Array.from({ length: count }, (_, at) => (at === spike ? 1e9 : Math.sin(at)))
  const spiked = createSeries(Float64Array.from(values.keys()), values)
  for (let span = count; span >= 1; span = Math.floor(span / 3)) {
    for (const share of [0, 0.3, 0.77, 1]) {
      const from = Math.floor(spike - span * share)
      const { max } = windowOf(spiked, { from, to: from + span, pixels: 317 })
      expect(max.filter((highest) => highest === 1e9)).toHaveLength(1)
    }
  }
})

test('for each step the last line wins, and the value of an earlier attempt is a ghost', () => {
  const attempts = fc.array(
    fc.record({
      start: fc.integer({ min: 0, max: 30 }),
      strides: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 25 }),
    }),
    { maxLength: 5 },
  )
  fc.assert(
    fc.property(attempts, (runs) => {
      const steps = runs.flatMap(({ start, strides }) => {
        let at = start
        return strides.map((stride) => {
          at += stride
          return at
        })
      })
      const seams = steps.flatMap((at, place) => (place > 0 && at < (steps[place - 1] ?? 0) ? [place] : []))
      const points = {
        steps: Float64Array.from(steps),
        values: Float64Array.from(steps.keys()),
        records: Uint32Array.from(steps.keys()),
      }
      const { series: live, ghosts } = resolveAttempts(points, seams)
      const attemptOf = (place: number) => seams.filter((seam) => seam <= place).length
      const last = new Map(steps.map((at, place) => [at, place]))
      const lastOfAttempt = new Map(steps.map((at, place) => [`${attemptOf(place)}:${at}`, { at, place }]))
      expect(pairs(live)).toEqual([...last].sort((a, b) => a[0] - b[0]))
      const expected = [...lastOfAttempt.values()]
        .filter(({ at, place }) => attemptOf(last.get(at) ?? -1) !== attemptOf(place))
        .map(({ at, place }) => [attemptOf(place), at, place])
        .sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0))
      expect(ghosts.flatMap((ghost) => pairs(ghost.series).map((pair) => [ghost.attempt, ...pair]))).toEqual(expected)
    }),
    { numRuns: 2000, endOnFailure: true },
  )
})

test('the points for drawing are real and ascending, with every extreme and every gap', () => {
  fc.assert(
    fc.property(series, fc.integer({ min: 1, max: 60 }), (points, pixels) => {
      const buckets = windowOf(seriesOf(points), { pixels })
      const { steps, values } = linePoints(buckets)
      const real = new Map(points.map(([at, v]) => [at, Number.isNaN(v) ? null : v]))
      expect(values).toEqual(steps.map((at) => real.get(at)))
      expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b))
      const drawn = new Set(values)
      for (const extreme of [...buckets.min, ...buckets.max])
        expect(drawn).toContain(Number.isNaN(extreme) ? null : extreme)
      expect(drawn.has(null)).toBe(points.some(([, v]) => Number.isNaN(v)))
    }),
    { numRuns: 200, endOnFailure: true },
  )
})

test('the statistics of any range equal those from a loop over its points', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  const part = fc.tuple(share, share).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)])
  fc.assert(
    fc.property(
      series,
      step,
      fc.double({ min: 0, max: 6000, noNaN: true }),
      part,
      (points, from, span, [low, high]) => {
        const got = statsOf(seriesOf(points), { from, to: from + span, parts: [[low, high]] })
        const inside = points.filter(([at]) => at >= from && at <= from + span)
        const finite = finiteOf(inside)
        const pointWith = (v: number) => inside.find(([, other]) => other === v)
        const stepValue = (point: readonly [number, number] | undefined) => point && { step: point[0], value: point[1] }
        expect({ ...got, mean: 0, parts: 0 }).toEqual({
          count: inside.length,
          gaps: inside.length - finite.length,
          mean: 0,
          min: stepValue(finite.length === 0 ? undefined : pointWith(Math.min(...finite))),
          max: stepValue(finite.length === 0 ? undefined : pointWith(Math.max(...finite))),
          first: stepValue(inside[0]),
          last: stepValue(inside.at(-1)),
          firstTime: (inside[0]?.[0] ?? Number.NaN) + 0.5,
          lastTime: (inside.at(-1)?.[0] ?? Number.NaN) + 0.5,
          parts: 0,
        })
        expectMean(got.mean, finite)
        const start = Math.min(Math.floor(inside.length * low), Math.max(0, inside.length - 1))
        const end = Math.max(start + 1, Math.ceil(inside.length * high))
        expectMean(got.parts[0], finiteOf(inside.slice(start, end)))
      },
    ),
    { numRuns: 200, endOnFailure: true },
  )
})

test('the points around a step are the nearest finite ones on each side, and the one at the step', () => {
  fc.assert(
    fc.property(series, step, fc.boolean(), fc.integer({ min: 1, max: 80 }), (points, any, onPoint, count) => {
      const at = onPoint ? (points[Math.floor(points.length / 2)]?.[0] ?? any) : any
      const got = pointsAround(seriesOf(points), at, count)
      const finite = points.filter(([, v]) => !Number.isNaN(v))
      const expected = [
        ...finite.filter(([other]) => other < at).slice(-count),
        ...points.filter(([other]) => other === at),
        ...finite.filter(([other]) => other > at).slice(0, count),
      ]
      expect(pairs(got)).toEqual(expected)
      expect([...got.times]).toEqual(expected.map(([other]) => other + 0.5))
    }),
    { numRuns: 200, endOnFailure: true },
  )
})

test('an average starts at the first point of the series, regardless of the window and of how the series was built', () => {
  const options = fc.record({
    weight: fc.constantFrom(0, 0.3, 0.9, 0.999),
    per: fc.constantFrom('point' as const, 'step' as const),
  })
  const long = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 9 }), value), { minLength: 200, maxLength: 1500, size: 'max' })
    .map((strides) => {
      let at = 0
      return strides.map(([stride, v]): [number, number] => {
        at += stride
        return [at, v]
      })
    })
  fc.assert(
    fc.property(
      long,
      options,
      fc.nat(12_000),
      fc.nat(12_000),
      fc.integer({ min: 1, max: 50 }),
      (points, ema, from, span, pixels) => {
        const early = seriesOf(points.slice(0, Math.floor(points.length / 2)))
        early.emas.of(ema).over(early, edgesOf(early, { pixels }).edges)
        const grown = extendSeries(early, {
          steps: Float64Array.from(points, ([at]) => at),
          values: Float64Array.from(points, ([, v]) => v),
        })
        const window = { from, to: from + span, pixels }
        const got = grown.emas.of(ema).over(grown, edgesOf(grown, window).edges)
        const averages = naiveEma(points, ema)
        const groups = naiveGroups(averages, from, from + span, pixels)
        for (const [at, group] of groups.entries()) {
          const finite = finiteOf(group)
          expect(got.last[at]).toBe(finite.at(-1) ?? Number.NaN)
          expectMean(got.mean[at], finite)
        }
        expect(got.mean).toHaveLength(groups.length)
        expect(got.end.value).toBe(finiteOf(averages).at(-1) ?? 0)
      },
    ),
    { numRuns: 100, endOnFailure: true },
  )
})
