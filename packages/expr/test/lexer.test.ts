import { describe, expect, test } from 'vitest'
import { readTokens } from '../src/lexer.ts'
import { contained } from '../src/problem.ts'

/** The tokens of a text in short form, or the problem with its place. */
function tokensOf(text: string): unknown {
  const given = contained(() => readTokens(text))
  if (!given.ok) {
    const { code, start, end, message } = given.problem
    return `${code} ${start}-${end}: ${message}`
  }
  return given.value.map((token) => {
    const value = 'value' in token ? token.value : token.text
    const kind = token.kind === 'name' && token.quoted ? 'quoted' : token.kind
    return [kind, value, token.start, token.end]
  })
}

const endAt = (at: number) => ['sign', 'end of text', at, at]

describe('a number', () => {
  test.each([
    ['0', 'int', 0],
    ['00', 'int', 0],
    ['0_0', 'int', 0],
    ['7', 'int', 7],
    ['1_000', 'int', 1000],
    ['1_2_3', 'int', 123],
    ['9007199254740991', 'int', 9007199254740991],
    ['0x1f', 'int', 31],
    ['0XE', 'int', 14],
    ['0x_e1', 'int', 225],
    ['0b101', 'int', 5],
    ['0B1_0', 'int', 2],
    ['0o17', 'int', 15],
    ['0O7_0', 'int', 56],
    ['1.', 'float', 1],
    ['.5', 'float', 0.5],
    ['1.5', 'float', 1.5],
    ['01.5', 'float', 1.5],
    ['1_0.2_5', 'float', 10.25],
    ['1e3', 'float', 1000],
    ['1E+3', 'float', 1000],
    ['1e-3', 'float', 0.001],
    ['.1e1_0', 'float', 1e9],
    ['1.e2', 'float', 100],
    ['1e308', 'float', 1e308],
  ])('%s is the %s %d', (text, kind, value) => {
    expect(tokensOf(text)).toEqual([[kind, value, 0, text.length], endAt(text.length)])
  })

  test.each([
    ['12abc', 'syntax 0-5: `12abc` is not a number'],
    ['1_', 'syntax 0-2: `1_` is not a number'],
    ['1__0', 'syntax 0-4: `1__0` is not a number'],
    ['1.2.3', 'syntax 0-5: `1.2.3` is not a number'],
    ['1e', 'syntax 0-2: `1e` is not a number'],
    ['1e+', 'syntax 0-2: `1e` is not a number'],
    ['0x', 'syntax 0-2: `0x` is not a number'],
    ['0xg', 'syntax 0-3: `0xg` is not a number'],
    ['0b2', 'syntax 0-3: `0b2` is not a number'],
    ['0o8', 'syntax 0-3: `0o8` is not a number'],
    ['.5.', 'syntax 0-3: `.5.` is not a number'],
    ['1 + 2x + 3', 'syntax 4-6: `2x` is not a number'],
    ['012', 'syntax 0-3: `012` begins with 0: leave the zeros out'],
    ['0_1', 'syntax 0-3: `0_1` begins with 0: leave the zeros out'],
    ['00009', 'syntax 0-5: `00009` begins with 0: leave the zeros out'],
    ['1e999', 'range 0-5: `1e999` is too large for a float'],
    ['9007199254740992', 'range 0-16: `9007199254740992` is too large; the limit for whole numbers is 2**53 - 1'],
    ['0x20000000000000', 'range 0-16: `0x20000000000000` is too large; the limit for whole numbers is 2**53 - 1'],
  ])('%s is rejected', (text, problem) => {
    expect(tokensOf(text)).toBe(problem)
  })
})

describe('a string', () => {
  test.each([
    [`''`, ''],
    [`'a'`, 'a'],
    [`"a"`, 'a'],
    [`"it's"`, "it's"],
    [`'\\''`, "'"],
    [`"\\""`, '"'],
    [`'\\\\'`, '\\'],
    [`'\\n\\t\\r'`, '\n\t\r'],
    [`'\\x41\\xe9'`, 'Aé'],
    [`'\\u00e9\\u20AC'`, 'é€'],
    [`'\\U0001F600'`, '😀'],
    [`'\\U0010ffff'`, '\u{10ffff}'],
    [`'é`.concat(`😀'`), 'é😀'],
  ])('%s is read', (text, value) => {
    expect(tokensOf(text)).toEqual([['string', value, 0, text.length], endAt(text.length)])
  })

  test.each([
    [`'`, "syntax 0-1: an unterminated string: ' is missing"],
    [`1 + "ab`, 'syntax 4-7: an unterminated string: " is missing'],
    [`'a\nb'`, "syntax 0-2: an unterminated string: ' is missing"],
    [`"it'`, 'syntax 0-4: an unterminated string: " is missing'],
    [`'\\`, 'syntax 1-2: `\\` is not an escape: write a backslash twice'],
    [`'\\q'`, 'syntax 1-3: `\\q` is not an escape: write a backslash twice'],
    [`'a\\x4'`, 'syntax 2-4: `\\x` is not an escape: write a backslash twice'],
    [`'\\u12'`, 'syntax 1-3: `\\u` is not an escape: write a backslash twice'],
    [`'\\U00110000'`, 'syntax 1-3: `\\U` is not an escape: write a backslash twice'],
    [`'\\x4g'`, 'syntax 1-3: `\\x` is not an escape: write a backslash twice'],
    // Names of properties that every object inherits are not escapes.
    [`'\\constructor'`, 'syntax 1-3: `\\c` is not an escape: write a backslash twice'],
    [`f'a'`, 'syntax 0-1: `f` before a string: strings have no prefix'],
    [`1 + rb"a"`, 'syntax 4-6: `rb` before a string: strings have no prefix'],
  ])('%j is rejected', (text, problem) => {
    expect(tokensOf(text)).toBe(problem)
  })
})

describe('a name', () => {
  test('is a word, and in backquotes anything on one line', () => {
    expect(tokensOf('_a1 Zz9 `val/loss` `` ` `'.replace('`` ', ''))).toEqual([
      ['name', '_a1', 0, 3],
      ['name', 'Zz9', 4, 7],
      ['quoted', 'val/loss', 8, 18],
      ['quoted', ' ', 19, 22],
      endAt(22),
    ])
    expect(tokensOf('`and`')).toEqual([['quoted', 'and', 0, 5], endAt(5)])
    expect(tokensOf('`a`\n`b`')).toEqual([['quoted', 'a', 0, 3], ['quoted', 'b', 4, 7], endAt(7)])
  })

  test.each([
    ['`a', 'syntax 0-2: an unterminated name in backquotes: ` is missing'],
    ['`', 'syntax 0-1: an unterminated name in backquotes: ` is missing'],
    ['1 + `a\nb`', 'syntax 4-9: an unterminated name in backquotes: ` is missing'],
    ['a ``', 'syntax 2-4: a name in backquotes is empty'],
  ])('%j is rejected', (text, problem) => {
    expect(tokensOf(text)).toBe(problem)
  })
})

test('words of the language, operators and brackets are signs, and the longest possible operator is read', () => {
  const signs = ['and', 'or', 'not', 'in', 'if', 'else', '**', '//', '==', '!=', '<=', '>=']
  const short = ['-', '+', '*', '/', '%', '<', '>', '(', ')', '[', ']', ',', '.']
  for (const sign of [...signs, ...short]) {
    expect(tokensOf(sign)).toEqual([['sign', sign, 0, sign.length], endAt(sign.length)])
  }
  expect(tokensOf('a***b<=-1')).toEqual([
    ['name', 'a', 0, 1],
    ['sign', '**', 1, 3],
    ['sign', '*', 3, 4],
    ['name', 'b', 4, 5],
    ['sign', '<=', 5, 7],
    ['sign', '-', 7, 8],
    ['int', 1, 8, 9],
    endAt(9),
  ])
  // A word that begins like one of the language is a name.
  expect(tokensOf('android')).toEqual([['name', 'android', 0, 7], endAt(7)])
})

test('white space of every kind is skipped, also at both ends', () => {
  expect(tokensOf(' \t\r\n\f')).toEqual([endAt(5)])
  expect(tokensOf('\n a \t')).toEqual([['name', 'a', 2, 3], endAt(5)])
  expect(tokensOf('')).toEqual([endAt(0)])
})

test.each([
  ['=', '`=` is not part of an expression: compare with `==`'],
  ['!', '`!` is not part of an expression: write `not`, or `!=`'],
  ['&', '`&` is not part of an expression: write `and`'],
  ['|', '`|` is not part of an expression: write `or`'],
  ['^', '`^` is not part of an expression: a power is `**`'],
  ['$', '`$` is not part of an expression'],
  ['{', '`{` is not part of an expression'],
  ['é', '`\\u00e9` is not part of an expression'],
  ['\u00a0', '`\\u00a0` is not part of an expression'],
  ['😀', '`\\ud83d\\ude00` is not part of an expression'],
])('the character %j is rejected, with a hint if there is one', (character, message) => {
  expect(tokensOf(`a ${character} b`)).toBe(`syntax 2-${2 + character.length}: ${message}`)
})

test('a text may have 4096 characters', () => {
  expect(tokensOf(`${' '.repeat(4095)}1`)).toHaveLength(2)
  expect(tokensOf(`${' '.repeat(4099)}1`)).toBe(
    'cost 4096-4100: the expression is too long: 4100 characters; the limit is 4096',
  )
})
