import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sameJson } from '../src/index.ts'

describe('two JSON values', () => {
  const cases: readonly (readonly [what: string, a: unknown, b: unknown, isSame: boolean])[] = [
    ['objects whose keys come in another order', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }, true],
    ['0 and -0, which look the same in JSON text', [0], [-0], true],
    ['NaN and NaN', { a: Number.NaN }, { a: Number.NaN }, true],
    ['NaN and null, which look the same in JSON text', [Number.NaN], [null], false],
    ['the two infinities', Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, false],
    ['a key that is missing and one that is null', { a: null }, {}, false],
    ['as many keys, but different ones', { a: 1 }, { b: 1 }, false],
    ['a key that every object inherits, and none', { toString: 1 }, {}, false],
    ['a list and an object with its keys', ['x'], { 0: 'x' }, false],
    ['a list and its beginning', [1, 2], [1], false],
    ['a number and its text', 1, '1', false],
    ['nothing and null', undefined, null, false],
  ]
  for (const [what, a, b, isSame] of cases) {
    test(`${what}: ${isSame ? 'the same' : 'different'}`, () => {
      expect(sameJson(a, b)).toBe(isSame)
      expect(sameJson(b, a)).toBe(isSame)
    })
  }

  test('values with the same JSON text are the same, and no others', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(sameJson(a, JSON.parse(JSON.stringify(a)))).toBe(true)
        if (JSON.stringify(a) !== JSON.stringify(b)) expect(sameJson([a, { a }], [b, { a: b }])).toBe(sameJson(a, b))
        if (sameJson(a, b)) expect(sortedText(a)).toBe(sortedText(b))
      }),
    )
  })

  test('numbers are compared with the caller’s tolerance, at any depth', () => {
    const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= 0.1
    expect(sameJson({ lr: [1, { x: 2 }] }, { lr: [1.05, { x: 1.95 }] }, isNear)).toBe(true)
    expect(sameJson({ lr: [1, { x: 2 }] }, { lr: [1.05, { x: 1.8 }] }, isNear)).toBe(false)
  })
})

function sortedText(value: unknown): string {
  return JSON.stringify(value, (_key, one) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  )
}
