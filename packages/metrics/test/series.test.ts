import { describe, expect, test } from 'vitest'
import { resolveAttempts } from '../src/history/attempts.ts'
import { pointsAround } from '../src/history/points-around.ts'
import { gapsIn, isRising, lowerBound, placesIn } from '../src/history/series.ts'
import { course, pairs, seriesOf } from './plain-windows.ts'

test('the points around a chosen step are the nearest finite ones on each side, and the one at the step', () => {
  const points = course(60)
  const series = seriesOf(points)
  const finite = points.filter(([, v]) => !Number.isNaN(v))
  const steps = [...points.map(([at]) => at), -10, 4.5, 1000]
  for (const at of steps) {
    for (const count of [1, 3, 100]) {
      const expected = [
        ...finite.filter(([other]) => other < at).slice(-count),
        ...points.filter(([other]) => other === at),
        ...finite.filter(([other]) => other > at).slice(0, count),
      ]
      const got = pointsAround(series, at, count)
      expect(pairs(got)).toEqual(expected)
      expect([...got.times]).toEqual(expected.map(([other]) => other + 0.5))
    }
  }
  expect([...pointsAround({ ...series, times: undefined }, 0, 1).times].every(Number.isNaN)).toBe(true)
  expect(() => pointsAround(series, Number.NaN, 1)).toThrow('`step` must be a number, got NaN')
  for (const count of [0, 1.5]) expect(() => pointsAround(series, 1, count)).toThrow(RangeError)
})

test('places, bounds and gaps of ascending numbers', () => {
  const steps = Float64Array.of(1, 3, 5, 7)
  expect([0, 1, 2, 7, 8].map((bound) => lowerBound(steps, bound))).toEqual([0, 0, 1, 3, 4])
  expect([lowerBound(steps, 2, 3), lowerBound(steps, 9, 4)]).toEqual([3, 4])
  expect(placesIn({ steps }, 3, 5)).toEqual({ start: 1, end: 3 })
  expect(placesIn({ steps }, 2, 9)).toEqual({ start: 1, end: 4 })
  expect(placesIn({ steps }, 5, 3)).toEqual({ start: 2, end: 2 })
  expect(placesIn({ steps }, 4, 4)).toEqual({ start: 2, end: 2 })
  const gaps = Uint32Array.of(2, 3, 9)
  expect(
    [
      [0, 2],
      [0, 3],
      [3, 9],
      [3, 10],
      [4, 9],
      [10, 12],
    ].map(([start = 0, end = 0]) => gapsIn({ gaps }, start, end)),
  ).toEqual([
    ...[
      { count: 0, first: -1 },
      { count: 1, first: 2 },
      { count: 1, first: 3 },
      { count: 2, first: 3 },
    ],
    ...[
      { count: 0, first: -1 },
      { count: 0, first: -1 },
    ],
  ])
  expect(
    [[], [1], [1, 2], [1, 1], [2, 1], [1, 2, Number.NaN]].map((list) => isRising(Float64Array.from(list))),
  ).toEqual([...[true, true, true, false, false, false]])
})

describe('steps that were written again', () => {
  const resolve = (steps: readonly number[], seams: readonly number[], times?: readonly number[]) =>
    resolveAttempts(
      {
        steps: Float64Array.from(steps),
        values: Float64Array.from(steps.keys()),
        records: Uint32Array.from(steps.keys()),
        times: times && Float64Array.from(times),
      },
      seams,
    )
  const shown = ({ series, ghosts }: ReturnType<typeof resolve>) => ({
    live: pairs(series),
    ghosts: ghosts.map((ghost) => [ghost.attempt, pairs(ghost.series)]),
  })

  test('have their last value, and earlier values are ghosts, grouped by attempt', () => {
    expect(shown(resolve([0, 1, 2, 3, 1, 2, 2, 5, 0, 2], [4, 8]))).toEqual({
      live: [
        [0, 8],
        [1, 4],
        [2, 9],
        [3, 3],
        [5, 7],
      ],
      ghosts: [
        [
          0,
          [
            [0, 0],
            [1, 1],
            [2, 2],
          ],
        ],
        [1, [[2, 6]]],
      ],
    })
  })

  test('within one attempt leave no ghost; if a later attempt replaces several values, only the last is a ghost', () => {
    expect(shown(resolve([0, 1, 1, 1, 2], []))).toEqual({
      live: [
        [0, 0],
        [1, 3],
        [2, 4],
      ],
      ghosts: [],
    })
    expect(shown(resolve([5, 5, 6, 5], [3]))).toEqual({
      live: [
        [5, 3],
        [6, 2],
      ],
      ghosts: [[0, [[5, 1]]]],
    })
    expect(shown(resolve([3, 3], []))).toEqual({ live: [[3, 1]], ghosts: [] })
  })

  test('are merged across any number of attempts, skipping attempts in which the name has no point', () => {
    const steps = [10, 20, 30, 5, 20, 25, 1, 30, 31, 2, 3, 40]
    const { live, ghosts } = shown(resolve(steps, [3, 6, 9]))
    expect(live).toEqual([
      [1, 6],
      [2, 9],
      [3, 10],
      [5, 3],
      [10, 0],
      [20, 4],
      [25, 5],
      [30, 7],
      [31, 8],
      [40, 11],
    ])
    expect(ghosts).toEqual([
      [
        0,
        [
          [20, 1],
          [30, 2],
        ],
      ],
    ])
    const sparse = resolveAttempts(
      {
        steps: Float64Array.of(1, 2, 1, 1),
        values: Float64Array.of(10, 20, 11, 12),
        records: Uint32Array.of(0, 1, 8, 9),
      },
      [3, 5, 7, 9],
    )
    expect(shown(sparse)).toEqual({
      live: [
        [1, 12],
        [2, 20],
      ],
      ghosts: [
        [0, [[1, 10]]],
        [3, [[1, 11]]],
      ],
    })
  })

  test('keep the time of their line, and a name without a point has an empty series', () => {
    const { series, ghosts } = resolve([1, 2, 1], [2], [100, Number.NaN, 300])
    expect([...(series.times ?? [])]).toEqual([300, Number.NaN])
    expect([...(ghosts[0]?.series.times ?? [])]).toEqual([100])
    expect(resolve([1, 1], []).series.times).toBeUndefined()
    expect(shown(resolve([], []))).toEqual({ live: [], ghosts: [] })
  })
})
