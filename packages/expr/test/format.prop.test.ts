import { expect, test } from 'vitest'
import { format, type Node, type Program, parse } from '../src/index.ts'
import { drawExpression, drawFrom } from './expressions.ts'

function read(text: string, dialect: 'rule' | 'sweep' = 'sweep'): Program {
  const program = parse(text, { dialect })
  if (!program.ok) throw new Error(`${text}: ${program.problem.message}`)
  return program.value
}

/** A tree without places. */
function shape(node: Node): unknown {
  return JSON.parse(
    JSON.stringify(node, (key, value) => {
      if (key === 'start' || key === 'end') return undefined
      return Object.is(value, -0) ? '-0' : value
    }),
  )
}

test('an expression that is written in the one spelling is read as the same expression', () => {
  const draw = drawFrom(7)
  const drawn = Array.from({ length: 1500 }, () => parse(drawExpression(draw), { dialect: 'sweep' }))
  const programs = drawn.flatMap((one) => (one.ok ? [one.value] : []))
  expect(programs.length).toBeGreaterThan(1000)
  for (const program of programs) {
    const text = format(program)
    const again = read(text)
    expect([text, shape(again.root)]).toEqual([text, shape(program.root)])
    expect(format(again)).toBe(text)
  }
})

test('the one spelling has single spaces and no needless parentheses', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['((1)+(2*3))', '1 + 2 * 3'],
    ['(1+2)*3', '(1 + 2) * 3'],
    ['1-(2-3)', '1 - (2 - 3)'],
    ['(-2)**2', '(-2) ** 2'],
    ['-(2**2)', '-2 ** 2'],
    ['2**(-1)', '2 ** -1'],
    ['(2**3)**4', '(2 ** 3) ** 4'],
    ['(a<b)<c', '(a < b) < c'],
    ['not(a and b)', 'not (a and b)'],
    ['(1 if a else 2)if b else 3', '(1 if a else 2) if b else 3'],
    ['(1,)', '(1,)'],
    ['"it\'s"', '"it\'s"'],
    ['"a\\"\\n\\u00e9"', "'a\"\\n\\xe9'"],
    ['1e3', '1000.0'],
    ['true', 'True'],
    ['`and` + `a b` + `c`', '`and` + `a b` + `c`'],
  ]
  expect(cases.map(([text]) => [text, format(read(text))])).toEqual(cases)
  expect(format(read('math.log(`val/loss`)>mean(m,5)and ctl(lr)<step*`step`', 'rule'))).toBe(
    "log(`val/loss`) > mean(m, 5) and ctl('lr') < step * `step`",
  )
})
