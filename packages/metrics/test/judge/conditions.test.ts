import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type ConditionResult,
  createLineWindow,
  divergence,
  gradExplosion,
  type LineWindow,
  notFinite,
  overfitting,
  plateau,
  silent,
  slow,
  spike,
  stuck,
} from '../../src/judge.ts'
import { seeded } from './seeded.ts'

function windowOf(values: readonly (number | null)[], sign: 1 | -1 = 1): LineWindow {
  const window = createLineWindow({ sign })
  values.forEach((value, step) => {
    window.push(step, value)
  })
  return window
}

/** A loss that falls from `from` towards `to`, with noise in proportion to its value. */
function falling(count: number, { from = 2.3, to = 0.1, noise = 0.05, seed = 1, rate = 0.03 } = {}): number[] {
  const random = seeded(seed)
  return Array.from(
    { length: count },
    (_, i) => (to + (from - to) * Math.exp(-rate * i)) * (1 + noise * (random() - 0.5)),
  )
}

const flat = (count: number, value: number, noise = 0.05, seed = 2): number[] =>
  falling(count, { from: value, to: value, noise, seed })

const CONDITIONS: Readonly<Record<string, (window: LineWindow) => ConditionResult>> = {
  divergence: (window) => divergence(window),
  stuck: (window) => stuck(window),
  spike: (window) => spike(window),
  plateau: (window) => plateau(window),
  overfitting: (window) => overfitting(window, windowOf(falling(window.length))),
  gradExplosion: (window) => gradExplosion(window),
}

/** A training run in several phases, in each of which the loss falls, stays level, rises or jumps. */
const course = fc
  .array(
    fc.record({
      count: fc.integer({ min: 3, max: 60 }),
      factor: fc.constantFrom(0.9, 0.97, 1, 1, 1.03, 1.2),
      jump: fc.constantFrom(1, 1, 1, 20),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .chain((parts) => fc.integer({ min: 1, max: 1e6 }).map((seed) => draw(parts, seed)))

function draw(parts: readonly { count: number; factor: number; jump: number }[], seed: number): number[] {
  const random = seeded(seed)
  let value = 2
  return parts.flatMap(({ count, factor, jump }) => {
    value *= jump
    return Array.from({ length: count }, () => {
      value = Math.min(1e6, Math.max(1e-6, value * factor))
      return value * (1 + 0.1 * (random() - 0.5))
    })
  })
}

test.each(Object.entries(CONDITIONS))('%s gives the same result for a curve in different units', (_name, condition) => {
  let seen = 0
  fc.assert(
    fc.property(course, fc.integer({ min: -20, max: 20 }), (values, power) => {
      const there = condition(windowOf(values))
      expect(condition(windowOf(values.map((value) => value * 2 ** power))).is).toBe(there.is)
      if (there.is) seen++
    }),
    { numRuns: 300, seed: 4 },
  )
  // A condition that was never true would not be tested by the property.
  if (_name !== 'stuck') expect(seen).toBeGreaterThan(0)
})

test.each(Object.entries(CONDITIONS))(
  '%s gives the same result for a metric where larger is better and for its negation',
  (_name, condition) => {
    fc.assert(
      fc.property(course, (values) => {
        const max = values.map((value) => 7 - value)
        const there = condition(windowOf(max, -1))
        expect(condition(windowOf(max.map((value) => -value))).is).toBe(there.is)
      }),
      { numRuns: 200, seed: 4 },
    )
  },
)

test('a loss that moves away from its best has diverged, and one that falls with noise has not', () => {
  const good = falling(300, { noise: 0.3 })
  const found = good.map((_, i) => divergence(windowOf(good.slice(0, i + 1))).is)
  expect(found).not.toContain(true)
  const ruined = [...falling(80), ...flat(12, 2.3)]
  const at = ruined.findIndex((_, i) => divergence(windowOf(ruined.slice(0, i + 1))).is)
  expect(at).toBe(82)
  const { because, onset } = divergence(windowOf(ruined.slice(0, at + 1)))
  expect(because).toMatch(/^level 2\.\d+; the best was 0\.\d+, from step 7\d$/)
  expect(onset).toBeGreaterThan(69)
})

test('a loss at twice its first values has diverged, even if it never fell', () => {
  expect(divergence(windowOf([2.3, 2.4, 2.2, 2.6, 3, 4, 5, 6, 7, 8])).is).toBe(true)
  expect(divergence(windowOf([-2.3, -2.4, -2.2, -2.4, -2.4, -2.3, -2.3, -2.2, -2.3, -2.3])).is).toBe(false)
})

test('an accuracy that falls back to chance has diverged', () => {
  const accuracy = [...falling(60, { from: 0.9, to: 0.1 }).map((loss) => 1 - loss), ...flat(10, 0.1)]
  expect(divergence(windowOf(accuracy.slice(0, 60), -1)).is).toBe(false)
  expect(divergence(windowOf(accuracy, -1)).is).toBe(true)
})

test('a loss that never decreased is stuck, at the ten checks from 120 to 480', () => {
  const values = flat(600, 2.3, 0.02)
  const at = values.map((_, i) => i + 1).filter((count) => stuck(windowOf(values.slice(0, count))).is)
  expect(at.every((count) => count >= 120 && count <= 480 && count % 10 === 0)).toBe(true)
  expect(at.length).toBeGreaterThan(20)
  expect(stuck(windowOf(falling(120))).is).toBe(false)
})

test('a loss that multiplies in the first steps and then stays near its first value has diverged', () => {
  // The loss of a network trained with Adam at a hundred times the right learning rate.
  const start = [2.5, 30.5, 5.29, 3.85, 4.84, 4.46, 3.26, 2.48]
  const found = divergence(windowOf([...start, ...flat(52, 2.1)]))
  expect(found).toMatchObject({ is: true, onset: 0 })
  expect(found.because).toMatch(/^level 2\.1\d*; the first steps raised it from 2\.5 to 5\.29$/)
  // In order: too few values, a loss that is learning anyway, and no jump.
  expect(divergence(windowOf([...start, ...flat(51, 2.1)])).is).toBe(false)
  expect(divergence(windowOf([...start, ...falling(52, { from: 2.1, to: 0.5, rate: 0.2 })])).is).toBe(false)
  expect(divergence(windowOf([2.5, 4.9, 4.2, 3, 2.6, ...flat(55, 2.1)])).is).toBe(false)
  // A single value, or values as far apart as their noise, do not count as a jump.
  expect(divergence(windowOf([2.5, 30, 2.6, 2.4, 2.5, ...flat(55, 2.1)])).is).toBe(false)
  expect(divergence(windowOf([1, 3, 3, 1, 1, ...flat(55, 1.2, 1.5)])).is).toBe(false)
})

test('two outliers among three values are a spike; one is not', () => {
  const usual = flat(80, 1, 0.1)
  expect(spike(windowOf([...usual, 9])).is).toBe(false)
  expect(spike(windowOf([...usual, 9, 1, 9]))).toMatchObject({
    is: true,
    because: expect.stringContaining('9 or beyond'),
  })
  expect(spike(windowOf([...usual, 9, 1, 1, 9])).is).toBe(false)
})

test('a metric that decreased and stays level is on a plateau; one that never decreased, or just after a change, is not', () => {
  const values = [...falling(60, { noise: 0.01 }), ...flat(8, 0.4, 0.05)]
  expect(plateau(windowOf(values)).is).toBe(true)
  expect(plateau(windowOf(values), undefined, values.length - 5).is).toBe(false)
  expect(plateau(windowOf(flat(60, 2.3))).is).toBe(false)
  expect(plateau(windowOf(falling(60, { noise: 0.01 }))).is).toBe(false)
})

test('a validation loss that moves away from its best while the training loss falls is overfitting', () => {
  const val = [1, 0.8, 0.6, 0.55, 0.5, 0.52, 0.55, 0.58, 0.61, 0.65, 0.7]
  expect(overfitting(windowOf(val), windowOf(falling(11, { rate: 0.3, noise: 0 }))).is).toBe(true)
  expect(overfitting(windowOf(val), windowOf(val)).is).toBe(false)
})

test('gradients that had nearly vanished may return to their initial size without counting as an explosion', () => {
  const course = Array.from({ length: 300 }, (_, i) => 2 * Math.exp(-i / 40) + 0.01 + 0.002 * Math.sin(i * 7))
  expect(gradExplosion(windowOf([...course, 5, 5, 5])).is).toBe(false)
  expect(gradExplosion(windowOf([...course, 7, 7, 7])).is).toBe(true)
})

test('a gradient norm at ten times the usual one, or not finite, has exploded', () => {
  const usual = flat(60, 2, 0.5)
  expect(gradExplosion(windowOf([...usual, 30, 30])).is).toBe(false)
  const { is, usual: before } = gradExplosion(windowOf([...usual, 30, 30, 30]))
  expect([is, Math.round(before ?? 0)]).toEqual([true, 2])
  expect(gradExplosion(windowOf([...usual, null])).is).toBe(true)
  expect(gradExplosion(windowOf([2, 2, 2, null])).is).toBe(false)
})

test('a value that is not finite is detected immediately', () => {
  expect(notFinite(windowOf([1])).is).toBe(false)
  expect(notFinite(windowOf([null]))).toEqual({ is: true, because: 'not finite at step 0' })
})

test('the pace is judged from times that the caller measures', () => {
  expect([slow(0.3, 0.25).is, slow(0.3, 0.1).is]).toEqual([false, true])
  expect([silent(61, undefined).is, silent(61, 5).is, silent(101, 5).is]).toEqual([true, false, true])
})
