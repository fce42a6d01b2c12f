import { expect, test } from 'vitest'
import { normalise, smooth } from '../../src/judge.ts'

test('smoothing starts at the first value and preserves gaps; normalising preserves the order', () => {
  expect(smooth([4, 4, null, 4], 0.9).map((value) => value && Math.round(value * 1e6) / 1e6)).toEqual([4, 4, null, 4])
  expect(normalise([2, null, 4, 3])).toEqual([0, null, 1, 0.5])
  expect(normalise([5, 5])).toEqual([0.5, 0.5])
})

test('smoothing is the weighted mean of all values so far, with larger weights for newer ones', () => {
  expect(smooth([1, 3, 5], 0)).toEqual([1, 3, 5])
  const [first, second, third] = smooth([1, 3, 5], 0.5)
  expect(first).toBe(1)
  expect(second).toBeCloseTo((1 * 0.5 + 3) / 1.5, 12)
  expect(third).toBeCloseTo((1 * 0.25 + 3 * 0.5 + 5) / 1.75, 12)
})
