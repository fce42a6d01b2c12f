import { expect, test } from 'vitest'
import { decades, stepBy } from '../../src/web/panels/controls/slider-track.tsx'

test('a logarithmic slider has a tick at each power of ten in its range', () => {
  expect(decades({ min: -5, max: -1 })).toEqual([-5, -4, -3, -2, -1])
  expect(decades({ min: Math.log10(3e-4), max: Math.log10(0.5) })).toEqual([-3, -2, -1])
  expect(decades({ min: 0.2, max: 0.8 })).toEqual([])
})

test('half and double stay within the bounds and have no rounding digits', () => {
  expect(stepBy(0.0003, 2, { min: 1e-6, max: 1 })).toBe(0.0006)
  expect(stepBy(0.1, 0.5, { min: 0.08, max: 1 })).toBe(0.08)
  expect(stepBy(0.7, 2, { min: 0, max: 1 })).toBe(1)
})
