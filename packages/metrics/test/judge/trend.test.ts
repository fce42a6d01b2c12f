import fc from 'fast-check'
import { expect, test } from 'vitest'
import { binMedians, mannKendall, median, noiseOf, theilSen, trendOf } from '../../src/judge.ts'
import { seeded } from './seeded.ts'

test('noise is measured around the trend of the values, no matter how steep it is', () => {
  const random = seeded(3)
  const normal = (): number => Array.from({ length: 12 }, random).reduce((sum, x) => sum + x, -6)
  const flat = Array.from({ length: 4000 }, () => 0.2 * normal())
  const steep = flat.map((value, i) => value - i)
  expect(noiseOf(flat)).toBeGreaterThan(0.19)
  expect(noiseOf(flat)).toBeLessThan(0.21)
  expect(noiseOf(steep)).toBeCloseTo(noiseOf(flat), 9)
  expect(noiseOf([1, 2])).toBe(0)
})

test("Mann-Kendall's z and Theil-Sen's slope match a worked example", () => {
  // S = 17 of 21 pairs, variance 44.33 for seven values, without ties.
  expect(mannKendall([1, 2, 4, 3, 5, 7, 6])).toBeCloseTo((17 - 1) / Math.sqrt(44.333333), 6)
  expect(theilSen([1, 3, 5, 100, 9, 11])).toBeCloseTo(2, 9)
  // Two pairs of equal values: the variance is smaller by 2 * (2 * 1 * 9) / 18.
  expect(mannKendall([1, 1, 2, 2, 3])).toBeCloseTo((8 - 1) / Math.sqrt((5 * 4 * 15 - 36) / 18), 9)
  expect(mannKendall([1, 1, 1, 1])).toBe(0)
})

test('a negated curve has the opposite trend, and scaling does not change z', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 6, maxLength: 60 }),
      fc.integer({ min: 1, max: 64 }),
      (values, scale) => {
        const there = trendOf(values)
        const turned = trendOf(values.map((value) => -value))
        const scaled = trendOf(values.map((value) => value * scale))
        expect(turned?.z).toBeCloseTo(-(there?.z ?? Number.NaN), 12)
        expect(turned?.change).toBeCloseTo(-(there?.change ?? Number.NaN), 9)
        expect(scaled?.z).toBe(there?.z)
      },
    ),
  )
})

test('correlation between neighbours makes single values look like a trend more often than medians of parts', () => {
  const random = seeded(5)
  let single = 0
  let binned = 0
  for (let run = 0; run < 200; run++) {
    let state = 0
    const values = Array.from({ length: 320 }, () => {
      state = 0.7 * state + random() - 0.5
      return state
    })
    if (Math.abs(mannKendall(values)) > 2) single++
    if (Math.abs(trendOf(values)?.z ?? 0) > 2) binned++
  }
  expect(single / 200).toBeGreaterThan(0.2)
  expect(binned / 200).toBeLessThan(0.12)
})

test('a long window is represented by sixteen medians, and a short one by its values', () => {
  expect([...binMedians([3, 1, 2])]).toEqual([3, 1, 2])
  const bins = binMedians(Array.from({ length: 40 }, (_, i) => i))
  expect(bins.length).toBe(16)
  expect(bins[0]).toBe(0.5)
  expect(bins[15]).toBe(38)
  expect(trendOf([1, 2, 3, 4, 5])).toBeUndefined()
})

test('the median equals that of the sorted values for every count, even with repeated values', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 90, size: 'max' }), (values) => {
      const sorted = [...values].sort((a, b) => a - b)
      const upper = sorted[sorted.length >> 1] ?? 0
      const expected = sorted.length % 2 === 1 ? upper : ((sorted[(sorted.length >> 1) - 1] ?? 0) + upper) / 2
      expect(median(values)).toBeCloseTo(expected, 12)
    }),
  )
  expect(median([])).toBeNaN()
})
