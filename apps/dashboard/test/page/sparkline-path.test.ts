import { expect, test } from 'vitest'
import { pathOf } from '../../src/web/parts/sparkline-path.ts'

test('a sparkline extends from its minimum at the bottom to its maximum at the top, with gaps', () => {
  expect(pathOf({ name: 'loss', steps: [0, 1, 2, 3, 4], values: [2, 1, null, 2, 1.5] })).toBe(
    'M0.0 2.0L30.0 26.0M90.0 2.0L120.0 14.0',
  )
})

test('a sparkline of values whose distance is not finite is still drawn', () => {
  expect(pathOf({ name: 'loss', steps: [0, 1, 2], values: [1.7e308, -1.7e308, 0] })).toBe(
    'M0.0 2.0L60.0 26.0L120.0 14.0',
  )
})

test('a sparkline of equal values is flat, and one of fewer than two finite values is empty', () => {
  expect(pathOf({ name: 'loss', steps: [0, 1], values: [3, 3] })).toBe('M0.0 26.0L120.0 26.0')
  expect(pathOf({ name: 'loss', steps: [0, 1], values: [3, null] })).toBe('')
})
