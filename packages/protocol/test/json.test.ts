import { expect, test } from 'vitest'
import { findNonFinite, show } from '../src/index.ts'

test('findNonFinite names the path of the first such number', () => {
  expect(findNonFinite({ a: 1, b: [{ c: 'x' }, { d: Number.NaN }] })).toBe('b.1.d')
  expect(findNonFinite(Number.POSITIVE_INFINITY)).toBe('value')
  expect(findNonFinite({ a: [1, null, 'NaN', { b: -0 }] })).toBeUndefined()
})

test('show quotes anything, shortened', () => {
  const circular: Record<string, unknown> = {}
  circular['self'] = circular
  expect([show(Number.NaN), show(undefined), show('a'), show({ a: 1 }), show(1n), show(circular)]).toEqual([
    'NaN',
    'undefined',
    '"a"',
    '{"a":1}',
    '1',
    '[object Object]',
  ])
  expect(show('x'.repeat(100))).toHaveLength(60)
})

test('show quotes unprintable values on one line without control characters', () => {
  const hostile = new Proxy({}, { get: () => expect.unreachable() })
  const noText: unknown = Object.create(null, { toJSON: { value: () => undefined } })
  let deep: unknown = 1
  for (let i = 0; i < 10_000; i++) deep = [deep]
  for (const value of [hostile, noText, deep, Symbol('s'), () => 1, 10n ** 400n, '\u001b[31m\n\u2028\u202e\ud800x']) {
    const text = show(value)
    expect(text.length).toBeGreaterThan(0)
    expect(text.length).toBeLessThanOrEqual(60)
    expect(text).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e]/u)
  }
  expect(show(noText)).toBe('an object without text')
  expect(show(`${'x'.repeat(57)}\u{1f600}`)).not.toMatch(/\p{Cs}/u)
})

test('findNonFinite stops at the depth limit, and so terminates on a value that contains itself', () => {
  const circular: Record<string, unknown> = {}
  circular['self'] = circular
  expect(findNonFinite(circular)).toBeUndefined()
})
