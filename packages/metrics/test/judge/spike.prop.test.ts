import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLineWindow, type LineWindow, median, SPIKE, type SpikeParams, spike } from '../../src/judge.ts'
import { seeded } from './seeded.ts'

/** The definition of a spike, computed from all values at every step. */
function plainly(window: LineWindow, { window: size, deviations }: SpikeParams): boolean {
  if (window.length < size + 3) return false
  const [, second = Number.NaN] = [...window.tail(3)].sort((a, b) => b - a)
  const before = [...window.tail(size, 3)]
  const usual = median(before)
  return second > usual + deviations * median(before.map((value) => Math.abs(value - usual)))
}

/** A training run: phases with their own level and noise, some of which begin with a rewind or a restored window. */
const part = fc.record({
  before: fc.constantFrom('nothing', 'nothing', 'nothing', 'back', 'save', 'restore'),
  steps: fc.integer({ min: 1, max: 20 }),
  count: fc.integer({ min: 1, max: 24 }),
  level: fc.constantFrom(1, 1, 1, 3, 10),
  noise: fc.constantFrom(0, 0.1, 1),
})

// Low bounds, so that many steps are spikes or nearly spikes. The last one shares the window with the others.
const RULES: readonly SpikeParams[] = [
  { window: 8, deviations: 1 },
  { window: 16, deviations: 1.5 },
  { window: 32, deviations: 0.5 },
  { window: 64, deviations: 1 },
  { window: 3, deviations: 1 },
  SPIKE,
]
const BESIDE: SpikeParams = { window: 8, deviations: 0.25 }

test('a spike matches its plain definition at every step, even after rewinds and restores and with a second rule', () => {
  let found = 0
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 20, maxLength: 40 }),
      fc.constantFrom(...RULES),
      fc.boolean(),
      fc.nat(1e6),
      (parts, rule, hasBeside, seed) => {
        const random = seeded(seed)
        const window = createLineWindow({ keep: 80 })
        let step = 0
        let saved = { step, window: window.snapshot() }
        for (const { before, steps, count, level, noise } of parts) {
          if (before === 'back') step = Math.max(0, step - steps)
          if (before === 'save') saved = { step, window: window.snapshot() }
          if (before === 'restore') {
            step = saved.step
            window.restore(saved.window)
          }
          for (let i = 0; i < count; i++) {
            // Rounded, because equal values are an edge case for medians.
            window.push(step++, Number((level * (1 + noise * (random() - 0.5))).toPrecision(3)))
            for (const one of hasBeside ? [rule, BESIDE] : [rule]) {
              const { is } = spike(window, one)
              expect(is).toBe(plainly(window, one))
              found += Number(is)
            }
          }
        }
      },
    ),
    { numRuns: 100 },
  )
  expect(found).toBeGreaterThan(100)
})

test('a window that was restored or rewound to other values is judged by those values, not by earlier results', () => {
  const valuesAt = (level: number, count: number): number[] => {
    const random = seeded(1)
    return Array.from({ length: count }, () => level * (1 + 0.1 * random()))
  }
  const windowOf = (values: readonly number[]): LineWindow => {
    const window = createLineWindow({ keep: 80 })
    for (const [step, value] of values.entries()) window.push(step, value)
    return window
  }
  const rule = { window: 8, deviations: 8 }
  const restored = windowOf(valuesAt(10, 70))
  expect(spike(restored, rule).is).toBe(false)
  restored.restore(windowOf([...valuesAt(1, 68), 5, 5]).snapshot())
  expect(spike(restored, rule).is).toBe(true)
  const rewound = windowOf(valuesAt(10, 70))
  expect(spike(rewound, rule).is).toBe(false)
  for (const [at, value] of [...valuesAt(1, 18), 5, 5].entries()) rewound.push(50 + at, value)
  expect(spike(rewound, rule).is).toBe(true)
})
