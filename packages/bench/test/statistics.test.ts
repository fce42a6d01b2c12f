import { expect, test } from 'vitest'
import { holm, medianEstimate, shareEstimate, wilcoxonP } from '../src/index.ts'

// The two negative ones have ranks 1 and 2. Of the 256 patterns of signs, five have a sum of at most 3: none, 1, 2, 3, and 1 with 2.
test('the signed-rank test counts the sign patterns that are at least as extreme', () => {
  expect(wilcoxonP([1.1, 2.3, -0.4, 3.2, 0.9, 1.7, -0.2, 2.8])).toBeCloseTo((2 * 5) / 256, 10)
  expect(wilcoxonP([0.5, -0.6, 0.7, -0.8, 0.9, -1])).toBeGreaterThan(0.8)
  expect(wilcoxonP([0, 0, 0])).toBe(1)
})

test('ties and zeros create no difference where there is none', () => {
  expect(wilcoxonP([0.1, -0.1, 0.1, -0.1])).toBeGreaterThan(0.9)
})

test("p values are adjusted with Holm's method, keep their order, and are never above 1", () => {
  expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02])
  expect(holm([0.6, 0.9])).toEqual([1, 1])
  expect(holm([])).toEqual([])
})

// Wilson (1927): 8 of 10, at 95 %.
test("a fraction has Wilson's interval", () => {
  const { value, low, high } = shareEstimate(8, 10)
  expect([value, low, high].map((one) => Math.round(one * 1000) / 1000)).toEqual([0.8, 0.49, 0.943])
  expect(shareEstimate(0, 3).low).toBe(0)
})

test('the interval of a median is the same every time, and contains the median', () => {
  const values = [0.3, -0.1, 0.2, 0.5, 0.1, 0.4, 0]
  const first = medianEstimate(values)
  expect(medianEstimate(values)).toEqual(first)
  expect(first.value).toBe(0.2)
  expect(first.low).toBeLessThanOrEqual(0.2)
  expect(first.high).toBeGreaterThanOrEqual(0.2)
})
