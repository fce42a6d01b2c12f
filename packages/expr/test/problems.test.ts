import { expect, test } from 'vitest'
import { check, createNames, type ExprProblem, formatExprProblem, parse } from '../src/index.ts'

const nearest = (word: string, known: Iterable<string>): readonly string[] =>
  [...known].filter((one) => one[0] === word[0])

function problemOf(text: string, dialect: 'rule' | 'sweep' = 'rule'): string {
  const program = parse(text, { dialect })
  return program.ok ? 'none' : told(program.problem)
}

function told({ code, message, start, end }: ExprProblem): string {
  return `${code} ${start}-${end}: ${message}`
}

test('a text that is not an expression is rejected with the place of the problem', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', 'syntax 0-0: the expression is empty'],
    ['loss >', 'syntax 6-6: the expression ends too early: a number, a name, a string or `(` is expected'],
    ['loss = 1', 'syntax 5-6: `=` is not part of an expression: compare with `==`'],
    ['a && b', 'syntax 2-3: `&` is not part of an expression: write `and`'],
    ['(1 + 2', 'syntax 0-1: the expression ends too early: `)` is missing'],
    ['1 2', 'syntax 2-3: unexpected `2`: the expression should end here'],
    ['1 if 2', 'syntax 6-6: the expression ends too early: `else` is missing'],
    ['val.loss > 1', 'syntax 0-8: `val.loss` has a dot: write a name with dots in backquotes'],
    ["'abc", "syntax 0-4: an unterminated string: ' is missing"],
    ['`a', 'syntax 0-2: an unterminated name in backquotes: ` is missing'],
    ["f'abc'", 'syntax 0-1: `f` before a string: strings have no prefix'],
    ["'\\q'", 'syntax 1-3: `\\q` is not an escape: write a backslash twice'],
    ['12abc', 'syntax 0-5: `12abc` is not a number'],
    ['012', 'syntax 0-3: `012` begins with 0: leave the zeros out'],
    ['1e999', 'range 0-5: `1e999` is too large for a float'],
    ['9007199254740992', 'range 0-16: `9007199254740992` is too large; the limit for whole numbers is 2**53 - 1'],
    [
      'eval(1)',
      'name 0-4: no function `eval`: choose from abs, age, count, ctl, delta, exp, first, last, least, log, max, mean, median, min, most, slope, sqrt, std',
    ],
    ['mean(loss)', 'type 0-10: `mean` takes a metric and a number of values: `mean(metric, k)`'],
    ['mean(1, 2)', 'type 0-10: `mean` takes a metric and a number of values: `mean(metric, k)`'],
    ['abs()', 'type 0-5: `abs` takes one value: none is given'],
    ['ctl(1)', 'type 0-6: `ctl` takes the key of a control: `ctl(lr)`'],
    ['a\u202eb', 'syntax 1-2: `\\u202e` is not part of an expression'],
    ['😀', 'syntax 0-2: `\\ud83d\\ude00` is not part of an expression'],
  ]
  expect(cases.map(([text]) => [text, problemOf(text)])).toEqual(cases)
})

test('a sweep knows two functions', () => {
  expect(problemOf('abs(1)', 'sweep')).toBe('name 0-3: no function `abs`: choose from max, min')
})

test('an unknown name is reported with the nearest known ones', () => {
  const known = { names: createNames('rule', ['val/loss', 'loss', 'a/b', 'a.b']), controls: ['lr', 'wd'], nearest }
  const problemsOf = (text: string): readonly string[] => {
    const program = parse(text, { dialect: 'rule' })
    return program.ok ? check(program.value, known).map(told) : [told(program.problem)]
  }
  expect(problemsOf('val_los > 1')).toEqual(['name 0-7: no metric "val_los"; nearest: `val/loss`'])
  expect(problemsOf('a_b > 1')).toEqual(['name 0-3: `a_b` may be `a/b` and `a.b`: write one of them'])
  expect(problemsOf('ctl(lrr) > 1 and val_loss > mean(los, 3)')).toEqual([
    'name 0-8: no control "lrr"; nearest: lr',
    'name 33-36: no metric "los"; nearest: loss',
  ])
  expect(problemsOf('loss * 2')).toEqual([
    'type 0-8: a rule must be true or false, but this is another kind of value: compare it with something',
  ])
  expect(problemsOf('loss > 1 if ctl(lr) > 0 else True')).toEqual([])
})

test('a problem is reported with its place in the file that contains the expression', () => {
  const text = 'loss > 1\n  and val_los > 2'
  const program = parse(text, { dialect: 'rule' })
  const names = createNames('rule', ['loss', 'val_loss'])
  const [problem] = program.ok ? check(program.value, { names, nearest }) : []
  expect(problem && formatExprProblem(problem, text, { file: 'rules.yaml', line: 14, column: 9 })).toBe(
    'rules.yaml:15:7: no metric "val_los"; nearest: val_loss',
  )
  expect(
    problem && formatExprProblem({ ...problem, start: 3 }, text, { file: 'rules.yaml', line: 14, column: 9 }),
  ).toMatch(/^rules.yaml:14:12: /)
})
