import { expect, test } from 'vitest'
import { createNames, evaluate, parse, type Scope } from '../src/index.ts'

function codeOf(text: string, scope: Partial<Scope> = {}, dialect: 'rule' | 'sweep' = 'sweep'): string {
  const program = parse(text, { dialect })
  if (!program.ok) return program.problem.code
  const given = evaluate(program.value, { value: () => undefined, names: createNames(dialect), ...scope })
  return given.ok ? given.value.type : given.problem.code
}

test('powers, products and sums that grow too large are rejected before they are computed', () => {
  for (const text of [
    '9**9**9',
    '9**9**9**9',
    '(-3)**9007199254740991',
    '2**53',
    '9007199254740991 + 1',
    '10.0**309',
  ]) {
    expect([text, codeOf(text)]).toEqual([text, 'range'])
  }
  expect([codeOf('1**9007199254740991'), codeOf('0**9007199254740991'), codeOf('2**52')]).toEqual(['int', 'int', 'int'])
})

test('length, nesting and the number of parts are limited', () => {
  expect(codeOf(`${' '.repeat(4095)}1`)).toBe('int')
  expect(codeOf(`${' '.repeat(4096)}1`)).toBe('cost')
  expect([codeOf(`${'('.repeat(64)}1${')'.repeat(64)}`), codeOf(`${'('.repeat(65)}1${')'.repeat(65)}`)]).toEqual([
    'int',
    'cost',
  ])
  expect([codeOf(`${'-'.repeat(64)}1`), codeOf(`${'-'.repeat(65)}1`)]).toEqual(['int', 'cost'])
  expect([codeOf(`${'not '.repeat(64)}1`), codeOf(`${'not '.repeat(65)}1`)]).toEqual(['bool', 'cost'])
  expect([codeOf(`${'2**'.repeat(70)}1`), codeOf(`${'1 if 0 else '.repeat(70)}1`)]).toEqual(['cost', 'cost'])
  expect([codeOf(`1${'+1'.repeat(255)}`), codeOf(`1${'+1'.repeat(256)}`)]).toEqual(['int', 'cost'])
  expect(codeOf('('.repeat(4096))).toBe('cost')
})

test('strings and lists that an operator would make too long are rejected', () => {
  expect([codeOf("'ab' * 2048"), codeOf("'ab' * 2049"), codeOf("'a' * 9007199254740991")]).toEqual([
    'str',
    'cost',
    'cost',
  ])
  expect([codeOf('[1] * 1000'), codeOf('[1] * 1001'), codeOf('[] * 9007199254740991')]).toEqual([
    'list',
    'cost',
    'list',
  ])
  expect([codeOf("'' * 9007199254740991"), codeOf("'a' * -5")]).toEqual(['str', 'str'])
})

test('shared items of nested lists count each time that they would be printed', () => {
  expect(codeOf('[[0] * 100] * 100')).toBe('list')
  expect(codeOf('[[[0] * 1000] * 1000] * 1000')).toBe('cost')
  expect(codeOf('[[0] * 1000] * 90 == [[0] * 1000] * 90')).toBe('cost')
})

test('a window has 1 to 10,000 values, and all windows together have at most 100,000', () => {
  const series = {
    last: 1,
    first: 1,
    count: 1e6,
    age: 0,
    window: (length: number): ArrayLike<number> => ({ length, 0: 1 }),
  }
  const scope: Partial<Scope> = { series: () => series }
  expect([codeOf('mean(m, 0)', scope, 'rule'), codeOf('mean(m, 10_001)', scope, 'rule')]).toEqual(['range', 'range'])
  expect(codeOf('mean(m, 2.0)', scope, 'rule')).toBe('type')
  const full = { ...series, window: (length: number): ArrayLike<number> => new Float64Array(length) }
  const many = (count: number): string => Array.from({ length: count }, () => 'mean(m, 10000)').join(' + ')
  expect([codeOf(many(10), { series: () => full }, 'rule'), codeOf(many(11), { series: () => full }, 'rule')]).toEqual([
    'float',
    'cost',
  ])
})

test('names of properties that every object inherits are ordinary names', () => {
  expect(['constructor', '__proto__', 'toString'].map((name) => codeOf(name))).toEqual(['name', 'name', 'name'])
  expect(codeOf('constructor(1)')).toBe('name')
})
