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
