import { expect, test } from 'vitest'
import { pythonStr, type Value } from '../src/index.ts'

const str = (value: string): Value => ({ type: 'str', value })
const float = (value: number): Value => ({ type: 'float', value })
const int = (value: number): Value => ({ type: 'int', value })
const list = (...items: readonly Value[]): Value => ({ type: 'list', items })

// As CPython 3.11 prints them.
test.each([
  [int(1), '1'],
  [float(-0), '-0.0'],
  [float(1e-5), '1e-05'],
  [float(0.0001), '0.0001'],
  [float(1e16), '1e+16'],
  [float(123456789012345), '123456789012345.0'],
  [float(Number.POSITIVE_INFINITY), 'inf'],
  [float(Number.NEGATIVE_INFINITY), '-inf'],
  [float(Number.NaN), 'nan'],
  [float(0), '0.0'],
  [float(2.5), '2.5'],
  [float(-0.00012), '-0.00012'],
  [float(0.000123456), '0.000123456'],
  [float(-0.00099999), '-0.00099999'],
  [float(-1.5e-7), '-1.5e-07'],
  [float(1.25e-10), '1.25e-10'],
  [float(-5e-324), '-5e-324'],
  [float(1e100), '1e+100'],
  [float(-123456789012345680), '-1.2345678901234568e+17'],
  [float(9007199254740992), '9007199254740992.0'],
  [float(1e15), '1000000000000000.0'],
  [int(-7), '-7'],
  [{ type: 'bool', value: false } as const, 'False'],
  [list(list(int(1)), { type: 'none' }), '[[1], None]'],
  [list(str('\u2028\ud800'), str('\u{1f600}\u{e0001}')), "['\\u2028\\ud800', '😀\\U000e0001']"],
  [list(str('\r\u007f\u0100')), "['\\r\\x7f\u0100']"],
  [{ type: 'bool', value: true } as const, 'True'],
  [{ type: 'none' } as const, 'None'],
  [str("it's"), "it's"],
  [list(), '[]'],
  [{ type: 'tuple', items: [int(1)] } as const, '(1,)'],
  [{ type: 'tuple', items: [int(1), float(2)] } as const, '(1, 2.0)'],
  [list(str("it's"), str('say "x"'), str('\' and "')), "[\"it's\", 'say \"x\"', '\\' and \"']"],
  [list(str('é😀'), str('\u0007\n\t\\'), str('\u200b\u00a0')), "['é😀', '\\x07\\n\\t\\\\', '\\u200b\\xa0']"],
])('%j is written as Python writes it', (value, text) => {
  expect(pythonStr(value)).toBe(text)
})
