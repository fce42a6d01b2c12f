import fc from 'fast-check'
import type uPlot from 'uplot'
import { expect, test } from 'vitest'
import { logRange, logSplits } from '../../src/web/panels/charts/log-axis.ts'
import { dotPlace, nearestEntry } from '../../src/web/panels/charts/nearest.ts'

const NO_PLOT = undefined as unknown as uPlot // Neither function uses the plot.
const range = (min: number | null, max: number | null): readonly (number | null | undefined)[] =>
  logRange(NO_PLOT, min, max)
const ticks = (min: number, max: number): number[] => logSplits(NO_PLOT, 0, min, max)

test('a log axis over many powers of ten has one tick for each', () => {
  expect(ticks(1e-4, 100).map(Math.log10).map(Math.round)).toEqual([-4, -3, -2, -1, 0, 1, 2])
})

test('over a few powers it also has the 2 and the 5', () => {
  expect(ticks(0.1, 10).map((tick) => Number(tick.toPrecision(3)))).toEqual([0.1, 0.2, 0.5, 1, 2, 5, 10])
})

test('within one power its ticks are even', () => {
  expect(ticks(2, 6)).toEqual([2, 3, 4, 5, 6])
  expect(ticks(0.21, 0.39).map((tick) => Number(tick.toPrecision(3)))).toEqual([0.25, 0.3, 0.35])
})

test('ticks ascend, and are within the axis', () => {
  const ends = fc.tuple(fc.double({ min: -12, max: 12, noNaN: true }), fc.double({ min: 0.01, max: 8, noNaN: true }))
  fc.assert(
    fc.property(ends, ([power, height]) => {
      const [min, max] = [10 ** power, 10 ** (power + height)]
      const found = ticks(min, max)
      expect(found.length).toBeGreaterThan(0)
      for (const [i, tick] of found.entries()) {
        expect(tick).toBeGreaterThan(found[i - 1] ?? min * (1 - 1e-6) - Number.MIN_VALUE)
        expect(tick).toBeLessThanOrEqual(max * (1 + 1e-6))
      }
    }),
  )
})

test('the range of a log axis never starts at 0', () => {
  expect([range(null, 1), range(1, null), range(0, 1), range(-1, 1)]).toEqual(Array(4).fill([0.1, 10]))
  expect(range(0.02, 300)).toEqual([0.01, 1000])
  expect(range(2, 4)).toEqual([1.8, 4.2])
  expect(range(3, 3)).toEqual([2.97, 3.03])
  const [low] = range(1, 9.9)
  expect(low).toBe(0.5)
})

test('the nearest entry is the one that a full search finds, and of two at the same distance the earlier one', () => {
  const steps = fc.uniqueArray(fc.nat(60), { maxLength: 12 }).map((list) => list.sort((a, b) => a - b))
  fc.assert(
    fc.property(steps, fc.nat(60), fc.uniqueArray(fc.nat(12)), (list, step, absent) => {
      const isThere = (at: number): boolean => !absent.includes(at)
      let best = -1
      for (const [at, one] of list.entries()) {
        if (!isThere(at)) continue
        if (best < 0 || Math.abs(one - step) < Math.abs((list[best] ?? 0) - step)) best = at
      }
      expect(nearestEntry(list, step, isThere)).toBe(best)
    }),
  )
})

test('the dot of a line is at the nearest step at which the line has a value', () => {
  const plot = {
    data: [
      [0, 10, 20],
      [1, undefined, 3],
      [undefined, undefined, undefined],
    ],
  } as unknown as uPlot
  expect([dotPlace(plot, 1, 1, 12), dotPlace(plot, 1, 1, 9)]).toEqual([2, 0])
  expect([dotPlace(plot, 0, 1, 12), dotPlace(plot, 2, 1, 12), dotPlace(plot, 9, 1, 12)]).toEqual([1, null, 1])
})
