import { describe, expect, test } from 'vitest'
import { createNames, type Dialect, evaluate, parse, type Scope, type Unknown, type Value } from '../src/index.ts'

const PAST: Readonly<Record<string, readonly number[]>> = {
  loss: [4, 1, 3],
  huge: [1e308, -1e308, 1e308],
  flat: [2, 2, 2, 2],
  one: [5],
}
const VALUES: Readonly<Record<string, Value | number>> = {
  nan: Number.NaN,
  infinite: { type: 'float', value: Number.POSITIVE_INFINITY },
  half: 0.5,
  name: { type: 'str', value: 'adam' },
}
const CONTROLS: Readonly<Record<string, number | string | boolean>> = { lr: 0.1, bad: Infinity, name: 'x', on: false }

function scopeOf(dialect: Dialect): Scope {
  return {
    value: (name) => VALUES[name] ?? PAST[name]?.at(-1),
    series: (name) => {
      const values = PAST[name]
      return (
        values && {
          last: values.at(-1),
          first: values[0],
          count: values.length,
          age: 2,
          window: (length) => values.slice(-length),
        }
      )
    },
    control: (key) => CONTROLS[key],
    step: 7,
    names: createNames(dialect, [...Object.keys(PAST), ...Object.keys(VALUES)]),
  }
}

/** The value of a text, or the problem with its place. */
function outcome(text: string, dialect: Dialect, scope: Scope = scopeOf(dialect)): Value | Unknown | string {
  const program = parse(text, { dialect })
  const given = program.ok ? evaluate(program.value, scope) : program
  if (given.ok) return given.value
  const { code, start, end, message } = given.problem
  return `${code} ${start}-${end}: ${message}`
}

const int = (value: number): Value => ({ type: 'int', value })
const float = (value: number): Value => ({ type: 'float', value })
const str = (value: string): Value => ({ type: 'str', value })
const bool = (value: boolean): Value => ({ type: 'bool', value })
const unknown = (name: string): Unknown => ({ type: 'unknown', name })

describe('a problem of a sweep, with its place', () => {
  test.each([
    ['1 / 0', 'range 0-5: division by zero'],
    ['1+2 // (3-3)', 'range 2-11: division by zero'],
    ['5 % 0', 'range 0-5: division by zero'],
    ['1.5 // 0', 'range 0-8: division by zero'],
    ['1.5 % 0.0', 'range 0-9: division by zero'],
    ['1.5 / 0', 'range 0-7: division by zero'],
    ['0 ** -1', 'range 0-7: zero to a negative power'],
    ['0.0 ** -0.5', 'range 0-11: zero to a negative power'],
    ['(-2) ** 0.5', 'range 1-11: a negative number to a power that is not whole'],
    ['1e300 * 1e300', 'range 0-13: the result is too large for a float'],
    ['10.0 ** 309', 'range 0-11: the result is too large for a float'],
    ['9007199254740991 + 1', 'range 0-20: the result is too large; the limit for whole numbers is 2**53 - 1'],
    ['-9007199254740991 - 1', 'range 0-21: the result is too large; the limit for whole numbers is 2**53 - 1'],
    ['3 * 9007199254740991', 'range 0-20: the result is too large; the limit for whole numbers is 2**53 - 1'],
    ['[1] < [2]', 'type 0-9: `<` does not take a list and a list'],
    ['1 in 2', 'type 0-6: `in` does not take a whole number and a whole number'],
    ["1 not in 'a'", 'type 0-12: `in` does not take a whole number and a string'],
    ['None + 1', 'type 0-8: `+` does not take None and a whole number'],
    ['(1,) + [1]', 'type 0-10: `+` does not take a tuple and a list'],
    ["'a' * 1.5", 'type 0-9: `*` does not take a string and a number'],
    ["[1] * 'a'", 'type 0-9: `*` does not take a list and a string'],
    ['None * 2', 'type 0-8: `*` does not take None and a whole number'],
    ['[1] - [1]', 'type 0-9: `-` does not take a list and a list'],
    ["-'a'", 'type 0-4: `-` does not take a string'],
    ['+None', 'type 0-5: `+` does not take None'],
    ['max()', 'type 0-5: `max` takes values, or one list: none is given'],
    ['max(1)', 'type 0-6: `max` of one value takes a list: this is a whole number'],
    ['min([])', 'range 0-7: `min` of nothing'],
    ["min('')", 'range 0-7: `min` of nothing'],
    ["max(1, 'a')", 'type 0-11: `max` does not take a string and a whole number'],
    ['nan', 'range 0-3: `nan` is NaN: values are finite'],
    ['1 + infinite', 'range 4-12: `infinite` is Infinity: values are finite'],
    ['missing + 1', 'name 0-7: no name `missing`'],
    ['a.b', 'syntax 0-3: `a.b` has a dot: write a name with dots in backquotes'],
    ['math.log(1)', 'syntax 0-8: `math.log` has a dot: write a name with dots in backquotes'],
    ['abs(1)', 'name 0-3: no function `abs`: choose from max, min'],
    ['1 + last(loss)', 'name 4-8: no function `last`: choose from max, min'],
    ['[1] * 1001', 'cost 0-10: a list of more than 1000 items'],
    ['(1,) * 1001', 'cost 0-11: a tuple of more than 1000 items'],
    ['[1] * 600 + [1] * 600', 'cost 0-21: a list of more than 1000 items'],
    ["'ab' * 2049", 'cost 0-11: a string of more than 4096 characters'],
    ["'a' * 4096 + 'b'", 'cost 0-16: a string of more than 4096 characters'],
    ['[[0] * 1000] * 101', 'cost 0-18: the expression reads more than 100000 values'],
  ])('`%s`', (text, problem) => {
    expect(outcome(text, 'sweep')).toBe(problem)
  })
})

describe('a problem of a rule, with its place', () => {
  test.each([
    ['sqrt(-1)', 'range 0-8: `sqrt` takes a number that is not negative: this is -1'],
    ['log(0)', 'range 0-6: `log` takes a positive number: this is 0'],
    ['log(-1.5)', 'range 0-9: `log` takes a positive number: this is -1.5'],
    ["abs('a')", 'type 0-8: `abs` does not take a string'],
    ['exp(True)', 'type 0-9: `exp` does not take a bool'],
    ['exp(1000)', 'range 0-9: the result is too large for a float'],
    ['abs(1, 2)', 'type 0-9: `abs` takes one value: 2 are given'],
    ['sqrt()', 'type 0-6: `sqrt` takes one value: none is given'],
    ['max()', 'type 0-5: `max` takes values, or one list: none is given'],
    ['mean(loss, 0)', 'range 0-13: `mean` reads 1 to 10000 values, not 0'],
    ['most(loss, -1)', 'range 0-14: `most` reads 1 to 10000 values, not -1'],
    ['mean(loss, 10001)', 'range 0-17: `mean` reads 1 to 10000 values, not 10001'],
    ['mean(loss, 1.5)', 'type 0-15: `mean` takes a whole number of values'],
    ['delta(huge, 1)', 'range 0-14: `delta` of `huge` is too large for a float'],
    ['std(huge, 3)', 'range 0-12: `std` of `huge` is too large for a float'],
    ['last(1)', 'type 0-7: `last` takes a metric: `last(metric)`'],
    ['last(loss, 1)', 'type 0-13: `last` takes a metric: `last(metric)`'],
    ['age()', 'type 0-5: `age` takes a metric: `age(metric)`'],
    ['slope(loss)', 'type 0-11: `slope` takes a metric and a number of values: `slope(metric, k)`'],
    ['slope(loss, 1, 2)', 'type 0-17: `slope` takes a metric and a number of values: `slope(metric, k)`'],
    ['slope(1, 2)', 'type 0-11: `slope` takes a metric and a number of values: `slope(metric, k)`'],
    ['ctl()', 'type 0-5: `ctl` takes the key of a control: `ctl(lr)`'],
    ['ctl(lr, 1)', 'type 0-10: `ctl` takes the key of a control: `ctl(lr)`'],
    ["ctl('a', 'b')", 'type 0-13: `ctl` takes the key of a control: `ctl(lr)`'],
    ['ctl(True)', 'type 0-9: `ctl` takes the key of a control: `ctl(lr)`'],
    ['math.floor(1)', 'syntax 0-10: `math.floor` has a dot: write a name with dots in backquotes'],
    ['math.log', 'syntax 0-8: `math.log` has a dot: write a name with dots in backquotes'],
    ['val.loss', 'syntax 0-8: `val.loss` has a dot: write a name with dots in backquotes'],
    ['a.1', 'syntax 1-3: unexpected `.1`: the expression should end here'],
    ['1 or True', 'type 0-1: `or` takes a bool: this is a whole number'],
    ['True and 1', 'type 9-10: `and` takes a bool: this is a whole number'],
    ['not 1', 'type 4-5: `not` takes a bool: this is a whole number'],
    ['1 if None else 2', 'type 5-9: `if` takes a bool: this is None'],
    ['not [1]', 'type 4-7: `not` takes a bool: this is a list'],
    ['not ()', 'type 4-6: `not` takes a bool: this is a tuple'],
    ["not 'a'", 'type 4-7: `not` takes a bool: this is a string'],
    ['1 + True', 'type 0-8: `+` does not take a whole number and a bool'],
    ['[1] + [1]', 'type 0-9: `+` does not take a list and a list'],
    ['True < 1', 'type 0-8: `<` does not take a bool and a whole number'],
  ])('`%s`', (text, problem) => {
    expect(outcome(text, 'rule')).toBe(problem)
  })
})

describe('a value of a rule', () => {
  test.each<[string, Value | Unknown]>([
    ['loss', float(3)],
    ['half', float(0.5)],
    ['name', str('adam')],
    ['nan', unknown('nan')],
    ['infinite', unknown('infinite')],
    ['ctl(lr)', float(0.1)],
    ['ctl(bad)', unknown('bad')],
    ['ctl("name")', str('x')],
    ['ctl(`on`)', bool(false)],
    ['ctl(none)', unknown('none')],
    ['step', int(7)],
    ['frac', unknown('frac')],
    ['last(loss)', float(3)],
    ['first(loss)', float(4)],
    ['count(loss)', int(3)],
    ['age(loss)', int(2)],
    ['last(none)', unknown('none')],
    ['age(none)', unknown('none')],
    ['count(none)', int(0)],
    ['mean(none, 2)', unknown('none')],
    ['mean(loss, 2)', float(2)],
    ['mean(loss, count(loss))', float(8 / 3)],
    ['mean(loss, count(none) + 1)', float(3)],
    ['mean(loss, none)', unknown('none')],
    ['median(loss, 3)', float(3)],
    ['median(loss, 2)', float(2)],
    ['median(one, 9)', float(5)],
    ['std(loss, 3)', float(Math.sqrt(((4 - 8 / 3) ** 2 + (1 - 8 / 3) ** 2 + (3 - 8 / 3) ** 2) / 2))],
    ['std(flat, 4)', float(0)],
    ['std(loss, 1)', unknown('loss')],
    ['slope(loss, 2)', float(2)],
    ['slope(loss, 3)', float(-0.5)],
    ['slope(flat, 3)', float(0)],
    ['slope(loss, 1)', unknown('loss')],
    ['delta(loss, 1)', float(2)],
    ['delta(loss, 2)', float(-1)],
    ['delta(loss, 3)', unknown('loss')],
    ['least(loss, 2)', float(1)],
    ['most(loss, 2)', float(3)],
    ['most(loss, 10000)', float(4)],
    ['sqrt(4)', float(2)],
    ['sqrt(0)', float(0)],
    ['log(1)', float(0)],
    ['exp(0)', float(1)],
    ['math.exp(0)', float(1)],
    ['abs(-2)', int(2)],
    ['abs(-2.5)', float(2.5)],
    ['abs(none)', unknown('none')],
    ['max(1, 3, 2)', int(3)],
    ['max(1, 1.0)', int(1)],
    ['min(1.0, 1)', float(1)],
    ['min([2, 0.5])', float(0.5)],
    ["min('ba')", str('a')],
    ["max('a', 'b')", str('b')],
    ['[1, none]', unknown('none')],
    ['-none', unknown('none')],
    ['1 + none', unknown('none')],
    ['none + other', unknown('none')],
    ['not none', unknown('none')],
    ['none if True else 1', unknown('none')],
    ['none and other', unknown('none')],
    ['True and True', bool(true)],
    ['False or False', bool(false)],
    ['none < other', unknown('none')],
    ['1 < 2 < none < 0', unknown('none')],
    ['[1] == [1, 2]', bool(false)],
    ['[1, (2, 3)] == [1.0, (2, 3)]', bool(true)],
    ['[1] == (1,)', bool(false)],
    ['None == None', bool(true)],
    ['True == True', bool(true)],
    ['True == False', bool(false)],
    ['True != 1', bool(true)],
    ["'a' == 'a'", bool(true)],
    ["'a' != 'b'", bool(true)],
    ['1 in [2, 1.0]', bool(true)],
    ['1 not in (2, 3)', bool(true)],
    ["'b' in 'abc'", bool(true)],
    ["'' in 'abc'", bool(true)],
    ["'ac' in 'abc'", bool(false)],
    ["'a' < 'ab'", bool(true)],
    ["'ab' < 'a'", bool(false)],
    ["'b' > 'ab'", bool(true)],
    ["'a' <= 'a'", bool(true)],
    ["'a' < 'a'", bool(false)],
    ['1 <= 1 >= 1', bool(true)],
    ['2 >= 3', bool(false)],
    ['2 > 2', bool(false)],
    ['2 < 2', bool(false)],
  ])('`%s`', (text, value) => {
    expect(outcome(text, 'rule')).toEqual(value)
  })

  test('needs nothing but the values that it reads', () => {
    const bare: Scope = { value: (name) => VALUES[name] }
    expect(outcome('ctl(lr)', 'rule', bare)).toEqual(unknown('lr'))
    expect(outcome('mean(loss, 2)', 'rule', bare)).toEqual(unknown('loss'))
    expect(outcome('step', 'rule', bare)).toEqual(unknown('step'))
    expect(outcome('half + 1', 'rule', bare)).toEqual(float(1.5))
  })

  test('reads the completed fraction of the steps, which is a float', () => {
    expect(outcome('frac', 'rule', { ...scopeOf('rule'), frac: 1 })).toEqual(float(1))
    expect(outcome('step / 2', 'rule', { ...scopeOf('rule'), frac: 1, step: 0 })).toEqual(float(0))
  })
})

describe('a value of a sweep', () => {
  test.each<[string, Value]>([
    ['True + True', int(2)],
    ['-True', int(-1)],
    ['+False', int(0)],
    ['True == 1', bool(true)],
    ['True < 1.5', bool(true)],
    ['half', float(0.5)],
    ["name + '!'", str('adam!')],
    ["'ab' * 2", str('abab')],
    ["True * 'ab'", str('ab')],
    ["'ab' * -1", str('')],
    ['[1, 2] * 2', { type: 'list', items: [int(1), int(2), int(1), int(2)] }],
    ['2 * (1,)', { type: 'tuple', items: [int(1), int(1)] }],
    ['[1] * 0', { type: 'list', items: [] }],
    ['[1] + [2]', { type: 'list', items: [int(1), int(2)] }],
    ['(1,) + ()', { type: 'tuple', items: [int(1)] }],
    ['0 or 3', int(3)],
    ['2 or 3', int(2)],
    ['0 and 3', int(0)],
    ["'' or []", { type: 'list', items: [] }],
    ['None and 1', { type: 'none' }],
    ['1 if [] else 2', int(2)],
    ['1 if [0] else 2', int(1)],
    ['1 if 0.0 else 2', int(2)],
    ["1 if '' else 2", int(2)],
    ["1 if 'a' else 2", int(1)],
    ['1 if None else 2', int(2)],
    ['not 0', bool(true)],
    ['7 // 2', int(3)],
    ['-7 // 2', int(-4)],
    ['7 // -2', int(-4)],
    ['7 % -3', int(-2)],
    ['-7 % 3', int(2)],
    ['6 % -3', int(0)],
    ['0 * -1', int(0)],
    ['7.5 // 2', float(3)],
    ['-7.5 // 2', float(-4)],
    ['-7.5 % 2', float(0.5)],
    ['7.5 % -2', float(-0.5)],
    ['0.0 // -1', float(-0)],
    ['4.0 % -2', float(-0)],
    ['1.0 // 0.1', float(9)],
    ['2 ** 10', int(1024)],
    ['2 ** -1', float(0.5)],
    ['2 ** 0.5', float(Math.SQRT2)],
    ['10 ** -5', float(1e-5)],
    ['(-1) ** 1000001', int(-1)],
    ['(-1) ** 1000000', int(1)],
    ['0 ** 0', int(1)],
    ['0 ** 2', int(0)],
    ['0 ** 3', int(0)],
    ['1 ** 2', int(1)],
    ['1 ** 9007199254740991', int(1)],
    ['(-2) ** 3', int(-8)],
    ['(-2.0) ** 3', float(-8)],
    ['-2 ** 2', int(-4)],
    ['1 / 2', float(0.5)],
    ['3 * 1.5', float(4.5)],
    ['1 - 1.5', float(-0.5)],
    ["'\\uffff' < '\\U0001f600'", bool(true)],
    ["'\\U0001f600' < '\\U0001f601'", bool(true)],
    ["'\\ue000' > '\\ud7ff'", bool(true)],
  ])('`%s`', (text, value) => {
    expect(outcome(text, 'sweep')).toEqual(value)
  })

  test('is not computed if the caller’s own code fails, and the error is passed on unchanged', () => {
    const mine = new Error('mine')
    const value = (): never => {
      throw mine
    }
    expect(() => outcome('1 + a', 'sweep', { value })).toThrow(mine)
  })

  test('is never a whole number -0', () => {
    for (const text of ['0 * -1', '-0', '0 // -5', '0 % -5', '-0 ** 1']) {
      expect([text, outcome(text, 'sweep')]).toEqual([text, int(0)])
    }
  })
})

describe('the limit of values read by an evaluation', () => {
  /** Comparisons of a list of `length` items with itself: each reads the items of both lists, and compares them. */
  const lists = (count: number) => Array.from({ length: count }, () => '[0] * 1000 == [0] * 1000').join(' and ')
  // A list of one item and its thousandfold, twice, and 1000 comparisons.
  const each = 2 * (1 + 1000) + 1000

  test('is 100,000 values: items of lists that are made, and items that are compared', () => {
    const most = Math.floor(100_000 / each)
    expect(outcome(lists(most), 'sweep')).toEqual(bool(true))
    expect(outcome(lists(most + 1), 'sweep')).toMatch(/^cost \d+-\d+: the expression reads more than 100000 values$/)
  })

  test('counts the characters of both strings of `in`, each candidate of a maximum, and each item of a search', () => {
    const many = (text: string, count: number) => Array.from({ length: count }, () => text).join(' and ')
    // 4000 + 1 characters, 24 times, is less than 100,000; 25 times is more.
    const search = (count: number) => outcome(many("'x' in 'a' * 4000 or True", count), 'sweep')
    expect([search(24), typeof search(25)]).toEqual([bool(true), 'string'])
    // 1 + 1000 items, and as many candidates or comparisons.
    for (const text of ['max([1] * 1000) == 1', '0 in [1] * 1000 or True']) {
      const reads = (count: number) => outcome(many(text, count), 'sweep')
      expect([text, reads(49), typeof reads(50)]).toEqual([text, bool(true), 'string'])
    }
  })
})
