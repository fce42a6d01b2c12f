import { expect, test } from 'vitest'
import { type Effect, effectOf, verdictOf } from '../../src/judge.ts'
import { seeded } from './seeded.ts'

test('an actual shift is detected, and a continuing trend is not a shift', () => {
  const random = seeded(7)
  const steps = Array.from({ length: 200 }, (_, i) => i)
  const noise = (): number => (random() - 0.5) * 0.1
  const trend = steps.map((step) => 2 - step * 0.005 + noise())
  const shifted = trend.map((value, i) => (i > 100 ? value - 0.5 : value))
  const still = effectOf(steps, trend, 100)
  const moved = effectOf(steps, shifted, 100)
  expect(still !== undefined && still.low < 0 && still.high > 0).toBe(true)
  expect(moved !== undefined && moved.high < -0.3 && moved.low > -0.7).toBe(true)
})

test('at most a few percent of changes without an effect are reported as a shift, even for correlated points', () => {
  const random = seeded(11)
  let called = 0
  for (let i = 0; i < 400; i++) {
    let state = 0
    const values = Array.from({ length: 140 }, () => {
      state = state * 0.5 + (random() + random() + random() - 1.5)
      return state
    })
    const effect = effectOf(
      values.map((_, step) => step),
      values,
      70,
    )
    if (effect !== undefined && (effect.low > 0 || effect.high < 0)) called++
  }
  expect(called / 400).toBeLessThan(0.05)
})

test.each([
  { every: 1, count: 200 },
  { every: 44, count: 46 },
])(
  'on a loss that levels off and is written every $every steps, at most one in ten changes without an effect is called a shift, and most jumps are',
  (written) => {
    const { every, count } = written
    const steps = Array.from({ length: count }, (_, i) => i * every)
    const end = count * every
    const called = { none: 0, jump: 0 }
    for (let seed = 1; seed <= 400; seed++) {
      const random = seeded(seed * 7919)
      const noise = (): number => random() + random() + random() - 1.5
      for (let i = 0; i < 5; i++) random()
      const decay = end * (0.05 + 0.5 * random())
      const at = end * (0.3 + 0.5 * random())
      // The noise has a standard deviation of 0.5.
      const still = steps.map((step) => 4 * Math.exp(-step / decay) + noise())
      const jumped = still.map((value, i) => value + ((steps[i] ?? 0) > at ? 5 : 0))
      if (isCalled(effectOf(steps, still, at))) called.none++
      if (isCalled(effectOf(steps, jumped, at))) called.jump++
    }
    expect(called.none / 400).toBeLessThan(0.1)
    expect(called.jump / 400).toBeGreaterThan(0.7)
  },
)

function isCalled(effect: Effect | undefined): boolean {
  return effect !== undefined && verdictOf(effect, undefined) !== 'unclear'
}

test('too few points result in no effect', () => {
  expect(effectOf([1, 2, 3, 4, 5, 6, 7], [1, 1, 1, null, 1, 1, 1], 4)).toBeUndefined()
})

test('on a straight line with a jump the shift is the jump, with an interval of zero width', () => {
  const steps = Array.from({ length: 21 }, (_, i) => i)
  const effect = effectOf(
    steps,
    steps.map((step) => 5 - step / 10 + (step > 10 ? 2 : 0)),
    10,
  )
  expect(effect?.before).toMatchObject({ count: 10, slope: expect.closeTo(-0.1, 12), mean: expect.closeTo(4.55, 12) })
  expect(effect?.after).toMatchObject({ count: 10, slope: expect.closeTo(-0.1, 12), mean: expect.closeTo(5.45, 12) })
  expect([effect?.shift, effect?.low, effect?.high].map((value) => value?.toFixed(9))).toEqual(
    Array(3).fill('2.000000000'),
  )
})

test('only the given number of points nearest to the change is used on each side', () => {
  const steps = Array.from({ length: 100 }, (_, i) => i)
  const values = steps.map((step) => (step < 40 || step > 60 ? 1000 : 1))
  expect(effectOf(steps, values, 50, 10)).toMatchObject({
    shift: 0,
    before: { count: 10, mean: 1 },
    after: { mean: 1 },
  })
})

test('a shift gets a verdict other than `unclear` only if its interval excludes 0', () => {
  const up = { low: 0.1, high: 0.5 }
  const down = { low: -0.5, high: -0.1 }
  expect([verdictOf(up, 'min'), verdictOf(up, 'max'), verdictOf(up, undefined)]).toEqual(['worse', 'better', 'higher'])
  expect([verdictOf(down, 'min'), verdictOf(down, 'max'), verdictOf(down, undefined)]).toEqual([
    'better',
    'worse',
    'lower',
  ])
  expect([verdictOf({ low: -1, high: 1 }, 'min'), verdictOf({ low: 0, high: 1 }, 'max')]).toEqual([
    'unclear',
    'unclear',
  ])
})
