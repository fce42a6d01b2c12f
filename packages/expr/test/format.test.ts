import { describe, expect, test } from 'vitest'
import { type Dialect, format, formatName, formatValue, parse, type Value } from '../src/index.ts'

function formatted(text: string, dialect: Dialect): string {
  const program = parse(text, { dialect })
  return program.ok ? format(program.value) : program.problem.message
}

describe('the formatted text', () => {
  test.each([
    ['((1)+(2*3))', '1 + 2 * 3'],
    ['(1+2)*3', '(1 + 2) * 3'],
    ['1+(2+3)', '1 + (2 + 3)'],
    ['(1-2)-3', '1 - 2 - 3'],
    ['1-(2-3)', '1 - (2 - 3)'],
    ['1*(2*3)', '1 * (2 * 3)'],
    ['(7//2)%3', '7 // 2 % 3'],
    ['7/(2*3)', '7 / (2 * 3)'],
    ['-(1+2)', '-(1 + 2)'],
    ['-(1*2)', '-(1 * 2)'],
    ['(-1)*2', '-1 * 2'],
    ['- +1', '-+1'],
    ['(-2)**2', '(-2) ** 2'],
    ['-(2**2)', '-2 ** 2'],
    ['2**(-1)', '2 ** -1'],
    ['2**(3**4)', '2 ** 3 ** 4'],
    ['(2**3)**4', '(2 ** 3) ** 4'],
    ['(a<b)<c', '(a < b) < c'],
    ['a<(b<c)', 'a < (b < c)'],
    ['a<b<=c!=d', 'a < b <= c != d'],
    ['(a+b)<(c*d)', 'a + b < c * d'],
    ['a not  in[1]', 'a not in [1]'],
    ['not(a and b)', 'not (a and b)'],
    ['not(not a)', 'not not a'],
    ['(not a)==b', '(not a) == b'],
    ['not(a==b)', 'not a == b'],
    ['(a or b)and c', '(a or b) and c'],
    ['a or(b and c)', 'a or b and c'],
    ['a and(not b)', 'a and not b'],
    ['a or(b or c)', 'a or (b or c)'],
    ['a and(b and c)', 'a and (b and c)'],
    ['1 if(a or b)else(2)', '1 if a or b else 2'],
    ['(1 if a else 2)if b else 3', '(1 if a else 2) if b else 3'],
    ['1 if(2 if a else b)else 3', '1 if (2 if a else b) else 3'],
    ['1 if a else(2 if b else 3)', '1 if a else 2 if b else 3'],
    ['(1 if a else 2)+3', '(1 if a else 2) + 3'],
    ['()', '()'],
    ['(1,)', '(1,)'],
    ['(1,2,)', '(1, 2)'],
    ['[]', '[]'],
    ['[1,(2),[3,]]', '[1, 2, [3]]'],
    ['[1 if a else 2]', '[1 if a else 2]'],
    ['(1 if a else 2,)', '(1 if a else 2,)'],
    ['max(1,min([2]),)', 'max(1, min([2]))'],
    ['max(1 if a else 2)', 'max(1 if a else 2)'],
    ['"it\'s"', '"it\'s"'],
    ['"a\\"\\n\\u00e9"', "'a\"\\n\\xe9'"],
    ['1e3', '1000.0'],
    ['0x10', '16'],
    ['true', 'True'],
    ['false', 'False'],
    ['null', 'None'],
    ['`and` + `a b` + `c`', '`and` + `a b` + `c`'],
    ['step', 'step'],
  ])('of `%s` is `%s`', (text, expected) => {
    expect(formatted(text, 'sweep')).toBe(expected)
  })

  test.each([
    ['math.log(`val/loss`)>mean(m,5)', 'log(`val/loss`) > mean(m, 5)'],
    ['ctl(lr)<step*`step`', "ctl('lr') < step * `step`"],
    ['frac', 'frac'],
    ['`frac`', '`frac`'],
    ['last(m)-age(`m`)', 'last(m) - age(`m`)'],
    ['delta(m,(1 if b else 2))', 'delta(m, 1 if b else 2)'],
    ['ctl("a b")', "ctl('a b')"],
  ])('of the rule `%s` is `%s`', (text, expected) => {
    expect(formatted(text, 'rule')).toBe(expected)
  })
})

test.each<[string, boolean, Dialect, string]>([
  ['loss', false, 'rule', 'loss'],
  ['_a1', false, 'rule', '_a1'],
  ['loss', true, 'rule', '`loss`'],
  ['val/loss', false, 'rule', '`val/loss`'],
  ['1a', false, 'rule', '`1a`'],
  ['a-', false, 'rule', '`a-`'],
  ['-a', false, 'rule', '`-a`'],
  ['', false, 'rule', '``'],
  ['step', false, 'rule', '`step`'],
  ['frac', false, 'rule', '`frac`'],
  ['step', false, 'sweep', 'step'],
  ['frac', false, 'sweep', 'frac'],
  ['True', false, 'sweep', '`True`'],
  ['null', false, 'rule', '`null`'],
  ['and', false, 'rule', '`and`'],
  ['or', false, 'rule', '`or`'],
  ['not', false, 'rule', '`not`'],
  ['in', false, 'rule', '`in`'],
  ['if', false, 'rule', '`if`'],
  ['else', false, 'rule', '`else`'],
])('the name %j (quoted: %s) is written in a %s as %s', (name, quoted, dialect, expected) => {
  expect(formatName({ name, quoted }, dialect)).toBe(expected)
})

test('a value is written as an expression with that value', () => {
  const values: readonly (readonly [Value, string])[] = [
    [{ type: 'int', value: -3 }, '-3'],
    [{ type: 'float', value: 3 }, '3.0'],
    [{ type: 'str', value: 'é' }, "'\\xe9'"],
    [{ type: 'bool', value: false }, 'False'],
    [{ type: 'none' }, 'None'],
    [{ type: 'tuple', items: [] }, '()'],
    [
      {
        type: 'list',
        items: [
          { type: 'str', value: 'a' },
          { type: 'int', value: 1 },
        ],
      },
      "['a', 1]",
    ],
  ]
  for (const [value, text] of values) expect(formatValue(value)).toBe(text)
})
