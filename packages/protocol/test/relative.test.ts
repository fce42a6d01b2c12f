import { expect, test } from 'vitest'
import { findRelative, parseRelative, readRelative, resolveRelative, showRelative } from '../src/index.ts'

test('a factor and a summand are relative values, and nothing else', () => {
  expect([{ mul: 0.5 }, { add: -1 }].map(readRelative)).toEqual([{ mul: 0.5 }, { add: -1 }])
  const others = [{ mul: 1, add: 1 }, { mul: '2' }, { add: Number.NaN }, { sub: 1 }, {}, null, 2, 'x2', [2]]
  expect(others.map(readRelative)).toEqual(others.map(() => null))
})

test('a relative value is typed as it is shown', () => {
  for (const typed of ['x0.5', '+0.1', '+-0.1', 'x2', 'x1e-4']) {
    const relative = parseRelative(typed)
    expect(relative && parseRelative(showRelative(relative))).toEqual(relative)
  }
  expect([parseRelative('x0.5'), parseRelative('+-0.1')]).toEqual([{ mul: 0.5 }, { add: -0.1 }])
  expect(['0.5', '*2', 'x', '+', 'xy', 'x1e999', '', '-1'].map(parseRelative)).toEqual(Array(8).fill(null))
})

test('a factor multiplies the current value, and a summand is added to it', () => {
  expect(resolveRelative({ mul: 0.5 }, 8)).toBe(4)
  expect(resolveRelative({ add: -3 }, 8)).toBe(5)
})

test('the first key with a relative value is found', () => {
  expect(findRelative({ a: 1, b: { mul: 2 }, c: { add: 1 } })).toBe('b')
  expect(findRelative({ a: null, b: 'x2', c: { mul: 2, more: 1 } })).toBeNull()
})
