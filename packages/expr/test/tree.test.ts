import { describe, expect, test } from 'vitest'
import { check, createNames, type Dialect, formatExprProblem, functionNames, type Node, parse } from '../src/index.ts'
import { quote, visible } from '../src/problem.ts'
import { visit } from '../src/program.ts'

function programOf(text: string, dialect: Dialect = 'rule') {
  const program = parse(text, { dialect })
  if (!program.ok) throw new Error(program.problem.message)
  return program.value
}

/** Every node with the part of the text that it covers, in the order in which `visit` calls the visitor. */
function parts(text: string, dialect: Dialect = 'rule'): readonly string[] {
  const found: string[] = []
  visit(programOf(text, dialect).root, ({ kind, start, end }: Node) => {
    found.push(`${kind} ${text.slice(start, end)}`)
  })
  return found
}

test.each<[string, readonly string[]]>([
  ['1 + 2 * 3', ['binary 1 + 2 * 3', 'constant 1', 'binary 2 * 3', 'constant 2', 'constant 3']],
  ['1 - 2 - 3', ['binary 1 - 2 - 3', 'binary 1 - 2', 'constant 1', 'constant 2', 'constant 3']],
  ['2 ** - x', ['binary 2 ** - x', 'constant 2', 'sign - x', 'name x']],
  ['not a or b and c', ['or not a or b and c', 'not not a', 'name a', 'and b and c', 'name b', 'name c']],
  ['a or b or c', ['or a or b or c', 'name a', 'name b', 'name c']],
  ['0 < a not in b', ['compare 0 < a not in b', 'constant 0', 'name a', 'name b']],
  ['1 if a else 2', ['choice 1 if a else 2', 'constant 1', 'name a', 'constant 2']],
  [
    '1 if a else 2 if b else c',
    [
      'choice 1 if a else 2 if b else c',
      'constant 1',
      'name a',
      'choice 2 if b else c',
      'constant 2',
      'name b',
      'name c',
    ],
  ],
  ['[1, (2,), ()]', ['items [1, (2,), ()]', 'constant 1', 'items (2,)', 'constant 2', 'items ()']],
  ['( 1 )', ['constant 1']],
  ['max(a, "b" ) ', ['call max(a, "b" )', 'name a', 'constant "b"']],
  ['math.log( a)', ['call math.log( a)', 'name a']],
  ['last(`a b`)', ['point last(`a b`)', 'name `a b`']],
  ['mean(a, 2 + 3)', ['window mean(a, 2 + 3)', 'name a', 'binary 2 + 3', 'constant 2', 'constant 3']],
  ['ctl(lr) > step', ['compare ctl(lr) > step', 'control ctl(lr)', 'clock step']],
  ['True == null', ['compare True == null', 'constant True', 'constant null']],
])('the parts of `%s` have their places in the text', (text, expected) => {
  expect(parts(text)).toEqual(expected)
})

test('a word means its constant or clock, unless it is in backquotes or another dialect', () => {
  const kinds = (words: readonly string[], dialect: Dialect) => words.map((word) => programOf(word, dialect).root.kind)
  expect(kinds(['step', 'frac', '`step`', '`frac`', '`True`', 'TRUE'], 'rule')).toEqual([
    'clock',
    'clock',
    'name',
    'name',
    'name',
    'name',
  ])
  expect(kinds(['step', 'frac', 'true'], 'sweep')).toEqual(['name', 'name', 'constant'])
  const values = ['True', 'true', 'False', 'false', 'None', 'null'].map((word) => programOf(word).root)
  expect(values).toMatchObject([
    { value: { type: 'bool', value: true } },
    { value: { type: 'bool', value: true } },
    { value: { type: 'bool', value: false } },
    { value: { type: 'bool', value: false } },
    { value: { type: 'none' } },
    { value: { type: 'none' } },
  ])
})

describe('a program', () => {
  test('lists its names and controls, each once, in the order of the text', () => {
    const text = 'b > a and `b` > mean(b, 3) and ctl(lr) > ctl("wd") + ctl(lr) + a'
    const program = programOf(text)
    expect(program.names.map(({ name, quoted, start }) => [name, quoted, start])).toEqual([
      ['b', false, 0],
      ['a', false, 4],
      ['b', true, 10],
    ])
    expect(program.controls).toEqual(['lr', 'wd'])
    expect([program.dialect, program.text]).toEqual(['rule', text])
  })

  test.each([
    ['a > 1', 0],
    ['last(a) > 1', 0],
    ['mean(a, 5) > 1', 6],
    ['mean(a, 5) > delta(b, 9)', 10],
    ['mean(a, 9) > delta(b, 5)', 10],
    ['mean(a, 2 + 3) > 1', 10_001],
    ['mean(a, 5.0) > 1', 10_001],
  ])('`%s` needs windows of %i values', (text, length) => {
    expect(programOf(text).longestWindow).toBe(length)
  })
})

test.each<[string, string]>([
  ['', 'syntax 0-0: the expression is empty'],
  ['  ', 'syntax 2-2: the expression is empty'],
  ['1 +', 'syntax 3-3: the expression ends too early: a number, a name, a string or `(` is expected'],
  [')', 'syntax 0-1: unexpected `)`: a number, a name, a string or `(` is expected'],
  ['1 if 2', 'syntax 6-6: the expression ends too early: `else` is missing'],
  ['1 if 2 3', 'syntax 7-8: unexpected `3`: `else` is missing'],
  ['(1 + 2', 'syntax 0-1: the expression ends too early: `)` is missing'],
  ['(1 + 2]', 'syntax 6-7: unexpected `]`: `)` is missing'],
  ['1 + [2', 'syntax 4-5: the expression ends too early: `]` is missing'],
  ['max(1', 'syntax 3-4: the expression ends too early: `)` is missing'],
  ['max(1 2)', 'syntax 6-7: unexpected `2`: `)` is missing'],
  ['(,)', 'syntax 1-2: unexpected `,`: a number, a name, a string or `(` is expected'],
  ['1 2', 'syntax 2-3: unexpected `2`: the expression should end here'],
  ["1 'a b'", "syntax 2-7: unexpected `'a b'`: the expression should end here"],
  ['1 not 2', 'syntax 2-5: unexpected `not`: the expression should end here'],
  ['foo (1)', 'name 0-3: no function `foo`: choose from'],
  // A string or a name in backquotes is not an operator, a bracket or a word.
  ["1 '+' 2", "syntax 2-5: unexpected `'+'`: the expression should end here"],
  ["1 'and' 2", "syntax 2-7: unexpected `'and'`: the expression should end here"],
  ['1 `or` 2', 'syntax 2-6: unexpected ``or``: the expression should end here'],
  ["max(1 ',' 2)", "syntax 6-9: unexpected `','`: `)` is missing"],
  ["(1 ')'", "syntax 3-6: unexpected `')'`: `)` is missing"],
  ["1 'end of text'", "syntax 2-15: unexpected `'end of text'`: the expression should end here"],
  ['`max`(1)', 'syntax 5-6: unexpected `(`: the expression should end here'],
])('`%s` is rejected with the place of the problem', (text, problem) => {
  const program = parse(text, { dialect: 'rule' })
  const { code, start, end, message } = program.ok ? { code: 'ok', start: 0, end: 0, message: '' } : program.problem
  expect(`${code} ${start}-${end}: ${message}`.slice(0, problem.length)).toBe(problem)
})

test.each([
  [`${'('.repeat(65)}1${')'.repeat(65)}`, 'cost 64-65: the expression is nested more than 64 deep'],
  [`1${'+1'.repeat(256)}`, 'cost 0-513: the expression has more than 512 parts'],
])('%.20s… is rejected', (text, problem) => {
  const program = parse(text, { dialect: 'sweep' })
  const { code, start, end, message } = program.ok ? { code: 'ok', start: 0, end: 0, message: '' } : program.problem
  expect(`${code} ${start}-${end}: ${message}`).toBe(problem)
})

test('the nesting depth is reset after each nested part', () => {
  const deep = `${'('.repeat(60)}1${')'.repeat(60)}`
  expect(parse(`${deep} + ${deep} + [${deep}] + max(${deep}, 1)`, { dialect: 'sweep' }).ok).toBe(true)
})

test('a dialect lists its functions in alphabetical order', () => {
  expect(functionNames('sweep')).toEqual(['max', 'min'])
  expect(functionNames('rule').join(' ')).toBe(
    'abs age count ctl delta exp first last least log max mean median min most slope sqrt std',
  )
})

describe('names', () => {
  test('of a rule are found with underscores in place of slashes, dots and hyphens', () => {
    const names = createNames('rule', ['val/loss', 'grad.norm', 'top-1', 'a/b.c-d', 'plain'])
    const found = ['val_loss', 'grad_norm', 'top_1', 'a_b_c_d', 'plain'].map((name) => names.find(name, false))
    expect(found.map((one) => one?.real)).toEqual(['val/loss', 'grad.norm', 'top-1', 'a/b.c-d', 'plain'])
    expect([names.find('val_loss', true), names.find('val/loss', true), names.find('other', false)]).toEqual([
      undefined,
      { real: 'val/loss' },
      undefined,
    ])
  })

  test('of a sweep are found without Hydra’s prefix', () => {
    const names = createNames('sweep', ['+a', '++b', '~c', '+~d', 'e+', 'val/loss'])
    const found = ['a', 'b', 'c', 'd', 'e', 'e+', 'val_loss'].map((name) => names.find(name, false)?.real)
    expect(found).toEqual(['+a', '++b', '~c', '+~d', undefined, 'e+', undefined])
  })

  test('that one bare name may mean are all listed, and an exact match takes precedence', () => {
    const names = createNames('rule', ['a/b'])
    for (const name of ['a.b', 'a/b', 'a-b']) names.add(name)
    expect(names.find('a_b', false)).toEqual({ many: ['a/b', 'a.b', 'a-b'] })
    names.add('a_b')
    expect(names.find('a_b', false)).toEqual({ real: 'a_b' })
    expect([...names.all()]).toEqual(['a/b', 'a.b', 'a-b', 'a_b'])
    expect([...createNames('rule').all()]).toEqual([])
  })
})

describe('a check', () => {
  const nearest = (word: string, known: Iterable<string>) => [...known].filter((one) => one[0] === word[0])
  const problems = (text: string, known: object, dialect: Dialect = 'rule') =>
    check(programOf(text, dialect), { nearest, ...known }).map(({ code, message, start, end }) => {
      return `${code} ${start}-${end}: ${message}`
    })

  test('does not check names or controls while none are known', () => {
    expect(problems('a > ctl(b)', {})).toEqual([])
    expect(problems('a > 1', { names: createNames('rule') })).toEqual(['name 0-1: no metric "a"'])
    expect(problems('ctl(b) > 1', { controls: [] })).toEqual(['name 0-6: no control "b"'])
    expect(problems('ctl(b) > 1', { controls: ['b'] })).toEqual([])
  })

  test('suggests the nearest known words as they must be written, and states what is expected', () => {
    const names = createNames('sweep', ['lr', 'l 2', 'l/3', 'w'])
    expect(problems('lx + w', { names }, 'sweep')).toEqual(['name 0-2: no parameter "lx"; nearest: lr, `l 2`, `l/3`'])
    expect(problems('ctl("l\\n") > 1', { controls: ['lr', 'l\n2'] })).toEqual([
      'name 0-10: no control "l\\u000a"; nearest: lr, l\\u000a2',
    ])
    const many = createNames('rule', ['a/b', 'a.b'])
    expect(problems('1 < a_b', { names: many })).toEqual(['name 4-7: `a_b` may be `a/b` and `a.b`: write one of them'])
    expect(problems('`a_b` > 1', { names: many })).toEqual(['name 0-5: no metric "a_b"; nearest: `a/b`, `a.b`'])
  })

  const notBool = 'a rule must be true or false, but this is another kind of value: compare it with something'
  test.each([
    ['a > 1', true],
    ['a > 1 and b', true],
    ['a > 1 or b', true],
    ['not a', true],
    ['True', true],
    ['ctl(on)', true],
    ['True if a > 1 else ctl(on)', true],
    ['1 if a > 1 else True', true],
    ['True if a > 1 else 1', true],
    ['1 if a > 1 else 2', false],
    ['1', false],
    ['None', false],
    ['a', false],
    ['a + 1', false],
    ['-a', false],
    ['[True]', false],
    ['step', false],
    ['last(a)', false],
    ['max(True, False)', false],
  ])('finds that `%s` may be true or false: %s', (text, isFine) => {
    expect(problems(text, {})).toEqual(isFine ? [] : [`type 0-${text.length}: ${notBool}`])
    expect(problems(text.replace('ctl(on)', 'on').replace('last(a)', 'a'), {}, 'sweep')).toEqual([])
  })
})

describe('a message', () => {
  test('quotes at most 60 characters, and only printable ones', () => {
    expect(quote('a b~')).toBe('`a b~`')
    expect(visible('\u001b[1m\n\u007fé😀')).toBe('\\u001b[1m\\u000a\\u007f\\u00e9\\ud83d\\ude00')
    expect(visible('x'.repeat(60))).toBe('x'.repeat(60))
    expect(visible('x'.repeat(61))).toBe(`${'x'.repeat(60)}…`)
  })

  test.each([
    [0, 'f.yaml:3:10: wrong'],
    [2, 'f.yaml:3:12: wrong'],
    [4, 'f.yaml:4:1: wrong'],
    [6, 'f.yaml:4:3: wrong'],
    [9, 'f.yaml:5:2: wrong'],
  ])('of the place %i has the line and the column of its file', (start, expected) => {
    const problem = { code: 'type', message: 'wrong', start, end: start + 1 } as const
    expect(formatExprProblem(problem, 'abc\ndef\nghi', { file: 'f.yaml', line: 3, column: 10 })).toBe(expected)
  })
})
