import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findNonFinite, parseJson, show } from '../src/index.ts'

describe('parseJson', () => {
  test('reads the non-finite numbers that Python writes: NaN as null, infinities as they are', () => {
    expect(parseJson('{"a": NaN, "b": [Infinity, -Infinity], "NaN": "say NaN, \\"Infinity\\""}')).toEqual({
      ok: true,
      value: {
        a: null,
        b: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
        NaN: 'say NaN, "Infinity"',
      },
    })
  })

  test('refuses NaN where that is asked for, and leaves it alone in text', () => {
    expect(parseJson('{"a": NaN}', { nan: 'refuse' })).toEqual({
      ok: false,
      reason: '`NaN` is no value that can be asked for',
    })
    expect(parseJson('{"NaN": "NaN", "a": -Infinity}', { nan: 'refuse' })).toEqual({
      ok: true,
      value: { NaN: 'NaN', a: Number.NEGATIVE_INFINITY },
    })
  })

  test('reads all JSON as JSON.parse does, with such numbers anywhere in it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('NaN', 'Infinity', '-Infinity'), (value, token) => {
        expect(parseJson(JSON.stringify(value))).toEqual({ ok: true, value: JSON.parse(JSON.stringify(value)) })
        const number = { NaN: null, Infinity: Number.POSITIVE_INFINITY, '-Infinity': Number.NEGATIVE_INFINITY }[token]
        expect(parseJson(`[${JSON.stringify(value)}, ${token}]`)).toEqual({
          ok: true,
          value: [JSON.parse(JSON.stringify(value)), number],
        })
      }),
    )
  })

  test('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof parseJson(text).ok === 'boolean'))
    expect(parseJson('{"a": NaN')).toEqual({ ok: false, reason: expect.stringContaining('JSON') })
  })
})

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
