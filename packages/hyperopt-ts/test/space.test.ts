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

test('a space is preserved by JSON and produces the same suggestions', () => {
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

test('numbers on a grid have the digits that a person would write', () => {
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

test('the first value of a log int is as likely as the half steps on either side of it', () => {
  const ones = draws({ n: int(1, 16, { log: true }) }, 4000).filter(({ n }) => n === 1).length
  expect(Math.abs(ones / 4000 - Math.log(1.5 / 0.5) / Math.log(16.5 / 0.5))).toBeLessThan(0.025)
})

test('a log parameter has as many values below its geometric middle as above', () => {
  const below = draws({ lr: float(1e-6, 1, { log: true }) }, 4000).filter(({ lr }) => lr < 1e-3).length
  expect(Math.abs(below - 2000)).toBeLessThan(130)
})

test('a normal parameter has the requested mean and spread', () => {
  const values = draws({ x: normal(10, 3) }, 4000).map(({ x }) => x)
  const mean = values.reduce((a, b) => a + b) / values.length
  const std = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length)
  expect(Math.abs(mean - 10)).toBeLessThan(0.2)
  expect(Math.abs(std - 3)).toBeLessThan(0.15)
  expect(draws({ x: normal(0, 1, { log: true }) }).every(({ x }) => x > 0)).toBe(true)
})

test('a grid of floats has 0 where arithmetic gives 5.55e-17, and no -0', () => {
  const values = (low: number, high: number, step: number) => {
    const seen = new Set(draws({ s: float(low, high, { step }) }, 600).map(({ s }) => s))
    return [...seen].sort((a, b) => a - b)
  }
  expect(values(-0.3, 0.3, 0.1)).toEqual([-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3])
  expect(values(-1.2, 1.2, 0.6)).toEqual([-1.2, -0.6, 0, 0.6, 1.2])
  for (const value of values(-1000.3, 1000.3, 100.03)) expect(String(value).length).toBeLessThan(9)
  expect(values(-0.3, 0.3, 0.1).some((value) => Object.is(value, -0))).toBe(false)
})

test('a range of one value may have a step', () => {
  expect(draws({ s: float(2, 2, { step: 0.5 }), i: int(7, 7, { step: 3 }) }, 1)).toEqual([{ s: 2, i: 7 }])
})

test('ints go up to 2^53 - 1 and are distinguished to the last digit', () => {
  const high = Number.MAX_SAFE_INTEGER
  const wide = { n: int(0, high), step: int(0, 2 ** 50, { step: 7 }), log: int(1, high, { log: true }) }
  for (const { n, step, log } of draws(wide)) {
    for (const value of [n, step, log]) expect(Number.isSafeInteger(value)).toBe(true)
    expect([n >= 0, step % 7, log >= 1 && log <= high]).toEqual([true, 0, true])
  }
  expect(new Set(draws(wide).map(({ n }) => n % 2)).size).toBe(2)
  const study = createStudy({ space: wide, sampler: randomSampler() })
  study.enqueue({ n: high - 1, step: 7 * 2 ** 46, log: high })
  expect(study.ask().params).toEqual({ n: high - 1, step: 7 * 2 ** 46, log: high })
  expect(() => study.enqueue({ step: 3 })).toThrow('`step` must be on the grid of step 7, got 3, the nearest is 0')
  expect(() => study.enqueue({ n: 2 ** 40 + 0.5 })).toThrow('`n` must be on the grid of step 1')
})

test('a value that is not in a huge list is rejected in one line', () => {
  const study = createStudy({
    space: { c: choice(Array.from({ length: 5000 }, (_, i) => i)) },
    sampler: randomSampler(),
  })
  expect(() => study.enqueue({ c: -1 })).toThrow(
    '`c` must be one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 4988 more, got -1',
  )
  expect(() => study.enqueue({ cc: -1 } as object)).toThrow('did you mean `c`?')
})
