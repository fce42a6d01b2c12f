import fc from 'fast-check'
import { expect, test } from 'vitest'
import { resolveAttempts } from '../src/history/attempts.ts'
import { createSeries, extendSeries, type Series } from '../src/history/series.ts'
import { type Buckets, linePoints, windowOf } from '../src/history/window.ts'

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

test('for any data, window and width each bucket has the true extremes, ends and counts', () => {
  const window = fc.record({
    from: step,
    span: fc.double({ min: 0, max: 6000, noNaN: true }),
    pixels: fc.integer({ min: 1, max: 100 }),
  })
  fc.assert(
    fc.property(series, window, fc.boolean(), (points, { from, span, pixels }, whole) => {
      const options = whole ? { pixels } : { from, to: from + span, pixels }
      const got = windowOf(seriesOf(points), options)
      expect(rowsOf(got)).toEqual(naiveRows(points, got.from, got.to, pixels))
      expect(got.points).toBe(points.filter(([at]) => at >= got.from && at <= got.to).length)
    }),
    { numRuns: 200, endOnFailure: true },
  )
})

test('a series that grows in pieces answers like one that was made at once', () => {
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
          grown = extendSeries(
            grown,
            Float64Array.from(part, ([at]) => at),
            Float64Array.from(part, ([, v]) => v),
          )
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

test('for each step the last line wins, and what an earlier attempt had is its ghost', () => {
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

test('the points to draw are real ones, rising, with every extreme and every gap', () => {
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

test('a window without points, or turned round, is empty', () => {
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

function seriesOf(points: readonly (readonly [number, number])[]): Series {
  return createSeries(
    Float64Array.from(points, ([at]) => at),
    Float64Array.from(points, ([, v]) => v),
  )
}

function pairs(of: Series): number[][] {
  return Array.from(of.steps, (at, place) => [at, of.values[place] ?? Number.NaN])
}

function rowsOf(buckets: Buckets) {
  return Array.from(buckets.count, (count, at) => ({
    firstStep: buckets.firstStep[at],
    lastStep: buckets.lastStep[at],
    min: buckets.min[at],
    max: buckets.max[at],
    minStep: buckets.minStep[at],
    maxStep: buckets.maxStep[at],
    gapStep: buckets.gapStep[at],
    first: buckets.first[at],
    last: buckets.last[at],
    count,
    gaps: buckets.gaps[at],
  }))
}

function naiveRows(points: readonly (readonly [number, number])[], from: number, to: number, pixels: number) {
  const inside = points.filter(([at]) => at >= from && at <= to)
  const groups = new Map<number, (readonly [number, number])[]>()
  for (const [place, point] of inside.entries()) {
    let bucket = place
    if (inside.length > pixels) {
      bucket = pixels - 1
      while (bucket > 0 && point[0] < from + bucket * ((to - from) / pixels)) bucket--
    }
    groups.set(bucket, [...(groups.get(bucket) ?? []), point])
  }
  return [...groups.values()].map((group) => {
    const finite = group.map(([, v]) => v).filter((v) => !Number.isNaN(v))
    const stepOf = (wanted: number) => group.find(([, v]) => v === wanted)?.[0] ?? Number.NaN
    return {
      minStep: stepOf(Math.min(...finite)),
      maxStep: stepOf(Math.max(...finite)),
      gapStep: group.find(([, v]) => Number.isNaN(v))?.[0] ?? Number.NaN,
      firstStep: group[0]?.[0],
      lastStep: group.at(-1)?.[0],
      min: finite.length === 0 ? Number.NaN : Math.min(...finite),
      max: finite.length === 0 ? Number.NaN : Math.max(...finite),
      first: group[0]?.[1],
      last: group.at(-1)?.[1],
      count: group.length,
      gaps: group.length - finite.length,
    }
  })
}
