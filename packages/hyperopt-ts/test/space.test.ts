import { expect, expectTypeOf, test } from 'vitest'
import {
  branch,
  choice,
  createStudy,
  float,
  int,
  normal,
  ordered,
  type Params,
  parseSpace,
  randomSampler,
  type Space,
} from '../src/index.ts'

const everything = {
  f: float(-1, 1),
  log: float(1e-6, 1, { log: true }),
  step: float(0.1, 0.5, { step: 0.1 }),
  i: int(-3, 12, { step: 3 }),
  iLog: int(1, 1024, { log: true }),
  c: choice(['sgd', 3, true, null]),
  o: ordered([16, 32, 64]),
  n: normal(0, 2),
  nLog: normal(-1, 0.5, { log: true }),
  b: branch({ off: {}, on: { deep: branch({ x: { p: float(0, 1) }, y: {} }) } }),
}

function draws<const S extends Space>(space: S, count = 400): Params<S>[] {
  const study = createStudy({ space, sampler: randomSampler(), seed: 2 })
  return Array.from({ length: count }, () => study.ask().params)
}

test('a space goes through JSON unchanged and suggests the same', () => {
  const again = parseSpace(JSON.parse(JSON.stringify(everything)))
  expect(again).toEqual(everything)
  expect(draws(again, 50)).toEqual(draws(everything, 50))
})

test('types follow branches to any depth', () => {
  type P = Params<typeof everything>
  expectTypeOf<P['c']>().toEqualTypeOf<'sgd' | 3 | true | null>()
  expectTypeOf<P['o']>().toEqualTypeOf<16 | 32 | 64>()
  expectTypeOf<P['n']>().toEqualTypeOf<number>()
  type On = Extract<P['b'], { kind: 'on' }>
  expectTypeOf<Extract<On['deep'], { kind: 'x' }>['p']>().toEqualTypeOf<number>()
  expect(draws(everything, 1)[0]?.b.kind).toMatch(/^(on|off)$/)
})

test('numbers on a grid have the digits one would write', () => {
  expect([...new Set(draws({ s: float(0.1, 0.5, { step: 0.1 }) }).map(({ s }) => s))].sort()).toEqual([
    0.1, 0.2, 0.3, 0.4, 0.5,
  ])
  expect([...new Set(draws({ s: int(-3, 12, { step: 4 }) }).map(({ s }) => s))].sort((a, b) => a - b)).toEqual([
    -3, 1, 5, 9,
  ])
})

test('both ends of an int are as likely as the values between', () => {
  const counts = new Map<number, number>()
  for (const { n } of draws({ n: int(1, 4) }, 4000)) counts.set(n, (counts.get(n) ?? 0) + 1)
  expect([...counts.keys()].sort()).toEqual([1, 2, 3, 4])
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(100)
})

test('the first value of a log int is as likely as half a step on either side of it', () => {
  const ones = draws({ n: int(1, 16, { log: true }) }, 4000).filter(({ n }) => n === 1).length
  expect(Math.abs(ones / 4000 - Math.log(1.5 / 0.5) / Math.log(16.5 / 0.5))).toBeLessThan(0.025)
})

test('a log parameter has as many values below its geometric middle as above', () => {
  const below = draws({ lr: float(1e-6, 1, { log: true }) }, 4000).filter(({ lr }) => lr < 1e-3).length
  expect(Math.abs(below - 2000)).toBeLessThan(130)
})

test('a normal parameter has the mean and spread that were asked for', () => {
  const values = draws({ x: normal(10, 3) }, 4000).map(({ x }) => x)
  const mean = values.reduce((a, b) => a + b) / values.length
  const std = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length)
  expect(Math.abs(mean - 10)).toBeLessThan(0.2)
  expect(Math.abs(std - 3)).toBeLessThan(0.15)
  expect(draws({ x: normal(0, 1, { log: true }) }).every(({ x }) => x > 0)).toBe(true)
})

const WRONG: [string, () => unknown, string][] = [
  ['bounds crossed', () => float(2, 1), '`float` must have low <= high, got 2 and 1'],
  ['log of zero', () => float(0, 1, { log: true }), '`float` must have low > 0 with `log`, got 0'],
  ['log below zero', () => int(-1, 5, { log: true }), '`int` must have low > 0 with `log`, got -1'],
  ['NaN bound', () => float(Number.NaN, 1), '`float` must have finite bounds, got NaN and 1'],
  ['infinite bound', () => float(0, Infinity), '`float` must have finite bounds, got 0 and Infinity'],
  ['half an int', () => int(0.5, 3), '`int` must have whole bounds, got 0.5 and 3'],
  ['range beyond numbers', () => float(-1e308, 1e308), '`float` must span a finite range, got -1e+308 and 1e+308'],
  ['step of zero', () => float(0, 1, { step: 0 }), '`float` must have a step > 0, got 0'],
  ['half a step', () => int(0, 9, { step: 1.5 }), '`int` must have a whole step > 0, got 1.5'],
  [
    'too many steps',
    () => float(0, 1e6, { step: 1e-9 }),
    '`float` must have at most 2^40 steps, got step 1e-9 from 0 to 1000000',
  ],
  [
    'a step that is lost beside its bounds',
    () => float(1e6, 1e6 + 1, { step: 1e-9 }),
    '`float` must have a step that its bounds can be told apart by',
  ],
  ['no values', () => choice([]), '`choice` must have at least one value, got [0 values]'],
  ['a value twice', () => ordered([1, 2, 1]), '`ordered` must have different values, got 1 twice'],
  [
    'a value that JSON loses',
    () => choice([Number.NaN]),
    '`choice` must have values that JSON keeps (string, finite number, boolean, null), got NaN',
  ],
  ['no spread', () => normal(0, 0), '`normal` must have std > 0, got 0'],
  ['no arm', () => branch({}), '`branch` must have at least one arm, got an object'],
  [
    'an arm with a kind',
    () => branch({ a: { kind: float(0, 1) } }),
    '`branch.a` must not have a parameter named `kind`',
  ],
  [
    'a name with a dot',
    () => parseSpace({ 'a.b': float(0, 1) }),
    '`space` has a parameter named "a.b", a name must be non-empty and without dots',
  ],
  ['no dimension', () => parseSpace({ x: 3 }), '`x` must be a dimension such as float(0, 1), got 3'],
  [
    'an unknown dimension',
    () => parseSpace({ x: { kind: 'complex' } }),
    '`x` must be a float, int, choice, ordered, normal or branch dimension, got an object',
  ],
  ['no space', () => parseSpace([]), '`space` must be an object of dimensions, got [0 values]'],
  [
    'a bad arm inside JSON',
    () => parseSpace({ b: { kind: 'branch', arms: { on: { x: { kind: 'int', low: 3, high: 1 } } } } }),
    '`b.on.x` must have low <= high, got 3 and 1',
  ],
]

for (const [name, run, message] of WRONG) {
  test(`a space is refused for ${name}`, () => {
    expect(run).toThrow(message)
  })
}
