import { expect, test } from 'vitest'
import {
  describeChange,
  digitsBetween,
  digitsFor,
  formatNumber,
  formatStep,
  formatValue,
} from '../../src/shared/describe.ts'

test.each<[number | null | undefined, number | undefined, string]>([
  [undefined, undefined, '–'],
  [Number.NEGATIVE_INFINITY, undefined, '−∞'],
  [-0, undefined, '0'],
  [-3, undefined, '-3'],
  [9_999_999, undefined, '9999999'],
  [-10_000_000, undefined, '-1e7'],
  [9_999_999.5, undefined, '10000000'],
  [12_345_678, undefined, '1.235e7'],
  [0.001, undefined, '0.001'],
  [0.000_999_9, undefined, '9.999e-4'],
  [0.000_12, undefined, '1.2e-4'],
  [1.5, undefined, '1.5'],
  [0.1 + 0.2, undefined, '0.3'],
  [100.04, undefined, '100'],
  [1200.4, undefined, '1200'],
  [12_345.6, undefined, '12350'],
  [1234.5, 6, '1234.5'],
  [2.000_01, 3, '2'],
  [1e-10, 1, '1e-10'],
])('the number %s with %s digits is written as %s', (value, digits, text) => {
  expect(formatNumber(value, digits)).toBe(text)
})

test('values of every kind are short', () => {
  expect(
    [1.23456, null, undefined, 'text', true, { a: 1 }, [1.23456, 'a', [null]], []].map((one) => formatValue(one)),
  ).toEqual(['1.235', '–', '–', 'text', 'true', '{"a":1}', '[1.235, a, [–]]', '[]'])
  expect(formatValue('x'.repeat(40))).toBe('x'.repeat(40))
  expect(formatValue('x'.repeat(41))).toBe(`${'x'.repeat(39)}…`)
  expect(formatValue(['abcdef', 'g'], 6)).toBe('[abcd…')
  expect(formatValue('abcdef', 6)).toBe('abcdef')
})

test('a change is cut after 120 characters, and one that reverts another is marked', () => {
  const line = { module: 'opt', op: 'set_params', id: 'main', payload: { lr: 'y'.repeat(500) }, old: null }
  expect(describeChange(line).length).toBeLessThanOrEqual(120)
  expect(describeChange({ ...line, payload: { lr: 0.123456 }, reverts: 0 })).toBe('revert #0: lr = 0.1235')
  expect(describeChange({ ...line, payload: { lr: 0.123456 }, reverts: null })).toBe('lr = 0.1235')
})

test('the number of digits depends on the distance of two values', () => {
  expect(digitsBetween(0, 1)).toBe(4)
  expect(digitsBetween(10, 11)).toBe(5)
  expect(digitsBetween(-10, -9)).toBe(5)
  expect(digitsBetween(1, 1, 7)).toBe(7)
  expect(digitsBetween(2, 1)).toBe(4)
  expect(digitsBetween(Number.NaN, 1)).toBe(4)
  expect(digitsBetween(0, Number.POSITIVE_INFINITY)).toBe(4)
  expect(digitsBetween(0, 1, 6)).toBe(6)
  expect([digitsFor(0, 1), digitsFor(1, 0), digitsFor(-1, 1), digitsFor(Number.NaN, 1), digitsFor(1, 1, 9)]).toEqual([
    ...[3, 3, 3, 3, 9],
  ])
  expect([digitsFor(1000, 1), digitsFor(999, 1), digitsFor(10_000, 1)]).toEqual([4, 3, 5])
})

test.each<[number, number | undefined, string]>([
  [9999, undefined, '9999'],
  [10_000, undefined, '10k'],
  [10_000, 10, '10k'],
  [10_000, 9, '10000'],
  [12_345, 10, '12.35k'],
  [999_990, 10, '999.99k'],
  [1_000_000, 1000, '1M'],
  [1_000_000, 999, '1000000'],
  [1_234_000, 1000, '1.234M'],
  [-20_000, undefined, '-20000'],
  [0.25, undefined, '0.25'],
  [100.5, 0.5, '100.5'],
])('the step %s, with neighbours %s away, is written as %s', (step, apart, text) => {
  expect(formatStep(step, apart)).toBe(text)
})
