import { describe, expect, test } from 'vitest'
import { selectNames } from '../src/index.ts'

const NAMES = ['loss', 'val/loss', 'val/a/loss', 'lr', 'l.r', 'Loss', 'a,b', '/odd/']

function selected(patterns: string | readonly string[], isSearch = false): readonly string[] | string {
  const read = selectNames('--metrics', patterns, { isSearch })
  return read.ok ? NAMES.filter(read.value) : read.reason
}

describe('metrics are selected', () => {
  const cases: readonly (readonly [what: string, patterns: string | readonly string[], found: readonly string[]])[] = [
    ['by their names', 'loss, lr', ['loss', 'lr']],
    ['by `*` for any text, even none', '*loss', ['loss', 'val/loss', 'val/a/loss']],
    ['by a prefix', ['val/*'], ['val/loss', 'val/a/loss']],
    ['by `?` for one character', 'l?r,l?', ['lr', 'l.r']],
    ['all of them', '*', NAMES],
    ['by a regular expression, which may contain commas', '/^l.{1,2}$/, val/loss', ['val/loss', 'lr', 'l.r']],
    ['by a name with a comma, in a list', ['a,b'], ['a,b']],
    ['by no pattern at all', [], []],
    ['by names that look like part of an expression', 'l.r,val/loss', ['val/loss', 'l.r']],
  ]
  for (const [what, patterns, found] of cases) {
    test(what, () => expect(selected(patterns)).toEqual(found))
  }

  test('in a search box by any part of the name, ignoring case', () => {
    expect(selected('LOSS', true)).toEqual(['loss', 'val/loss', 'val/a/loss', 'Loss'])
    expect(selected('val/*,LR', true)).toEqual(['val/loss', 'val/a/loss', 'lr'])
    expect(selected('/\\S,/', true)).toEqual(['a,b'])
  })
})

test('a selection that cannot be read is refused in one line', () => {
  expect(selected(' , ')).toBe('`--metrics` must be names or patterns such as `train/*`, got " , "')
  expect(selected(['loss', ''])).toBe('`--metrics` must be names or patterns such as `train/*`, got ""')
  expect(selected('loss,/(/')).toBe('`--metrics` has `/(/`, which is not a regular expression: Unterminated group')
})
