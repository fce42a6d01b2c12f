import type { Json } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import { readShape, type Shape } from '../src/shape.ts'

describe('a part of a document', () => {
  const read = (shape: Shape, value: Json | undefined) => {
    const problems: unknown[] = []
    return {
      value: readShape(shape, value, problems as never, ['a', 'b']),
      problems: problems.map((one) => (one as { reason: string }).reason),
    }
  }
  const number: Shape = { kind: 'number', absent: 3 }

  test.each<[Shape, Json | undefined, Json, string[]]>([
    [number, undefined, 3, []],
    [number, null, 3, []],
    [number, 0, 0, []],
    [number, '1', 3, ['`a.b` must be a number, got "1"']],
    [{ kind: 'number', absent: null }, 'x', 0, ['`a.b` must be a number, got "x"']],
    [{ ...number, least: 0 }, 0, 0, []],
    [{ ...number, most: 5 }, 5, 5, []],
    [{ ...number, most: 5 }, 5.1, 3, ['`a.b` must be a number <= 5, got 5.1']],
    [{ ...number, least: 0, most: 5, whole: true }, 1.5, 3, ['`a.b` must be a whole number >= 0 and <= 5, got 1.5']],
    [{ kind: 'flag', absent: true }, null, true, []],
    [{ kind: 'flag', absent: true }, false, false, []],
    [{ kind: 'flag', absent: true }, 'true', false, ['`a.b` must be true or false, got "true"']],
    [{ kind: 'text', absent: 'x' }, 'y', 'y', []],
    [{ kind: 'text', absent: 'x' }, '', 'x', ['`a.b` must be a non-empty string, got ""']],
    [{ kind: 'text', absent: 'x' }, 5, 'x', ['`a.b` must be a non-empty string, got 5']],
    [
      { kind: 'text', absent: null, words: ['up', 'down'] },
      'upp',
      null,
      ['`a.b` must be one of up, down, got "upp": did you mean `up`?'],
    ],
    [{ kind: 'texts' }, undefined, [], []],
    [{ kind: 'texts' }, ['a', 'b'], ['a', 'b'], []],
    [{ kind: 'texts' }, ['a', 5], [], ['`a.b` must be a list of strings, got ["a",5]']],
    [{ kind: 'range', absent: [1, 2] }, null, [1, 2], []],
    [{ kind: 'range', absent: null }, [2, 2], [2, 2], []],
    [
      { kind: 'range', absent: [1, 2] },
      [1, 2, 3],
      [1, 2],
      ['`a.b` must be two numbers in order, such as [0.5, 2], got [1,2,3]'],
    ],
    [{ kind: 'range', absent: [1, 2] }, [1], [1, 2], ['`a.b` must be two numbers in order, such as [0.5, 2], got [1]']],
    [{ kind: 'range', absent: null }, 'x', null, ['`a.b` must be two numbers in order, such as [0.5, 2], got "x"']],
    [{ kind: 'map', of: number, absent: { k: 5 } }, undefined, { k: 5 }, []],
    [{ kind: 'map', of: number }, null, {}, []],
    [{ kind: 'map', of: number }, { k: 'x' }, { k: 3 }, ['`a.b.k` must be a number, got "x"']],
    [{ kind: 'map', of: number, absent: { k: 5 } }, 7, {}, ['`a.b` must be an object, got 7']],
    [{ kind: 'fields', fields: { n: number } }, undefined, { n: 3 }, []],
    [{ kind: 'fields', fields: { n: number } }, [1], { n: 3 }, ['`a.b` must be an object, got [1]']],
    [
      { kind: 'fields', fields: { n: number } },
      { m: 1, n: 4 },
      { n: 4 },
      ['`a.b.m` is not a key of a tuner recipe: did you mean `n`?'],
    ],
    [
      { kind: 'fields', fields: { n: number, o: number } },
      { zzz: 1 },
      { n: 3, o: 3 },
      ['`a.b.zzz` is not a key of a tuner recipe: it may have n, o'],
    ],
  ])('%j of %j', (shape, value, wanted, problems) => {
    expect(read(shape, value)).toEqual({ value: wanted, problems })
  })

  test('is called `a recipe` if it is the whole document', () => {
    const problems: { path: unknown; of: string; reason: string }[] = []
    readShape({ kind: 'fields', fields: {} }, 5, problems as never)
    expect(problems).toEqual([{ path: [], of: 'value', reason: 'a recipe must be an object, got 5' }])
  })
})
