import { expect, test } from 'vitest'
import { cellOf, cellsOf, shortCell, shortNumber } from '../../../src/server/sweeps/cells.ts'

test('a cell is a number, a text, true, false or null; anything else is its text', () => {
  const cases: readonly (readonly [unknown, unknown])[] = [
    [1.5, 1.5],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    ['', ''],
    ['a', 'a'],
    [true, true],
    [false, false],
    [null, null],
    [undefined, null],
    [[1, 'a'], '[1,"a"]'],
    [{ a: 1 }, '{"a":1}'],
  ]
  expect(cases.map(([value]) => cellOf(value))).toEqual(cases.map(([, cell]) => cell))
  expect(cellsOf({ x: [1], y: undefined, z: 2 })).toEqual({ x: '[1]', y: null, z: 2 })
})

test('a short cell has five digits, a short number has six; whole numbers keep all', () => {
  expect([0.123456789, 12345678, -1e-9, 'text', true, null].map(shortCell)).toEqual([0.12346, 12345678, -1e-9, 'text', true, null]) // biome-ignore format: one line
  expect([0.123456789, 123456789, Number.NaN, Number.POSITIVE_INFINITY, null, undefined].map((value) => shortNumber(value))).toEqual([0.123457, 123456789, null, null, null, null]) // biome-ignore format: one line
  expect(shortNumber(0.123456789, 2)).toBe(0.12)
})
