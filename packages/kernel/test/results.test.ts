import { expect, test } from 'vitest'
import { createPace } from '../src/pace.ts'
import { IDLE, resultOf } from '../src/results.ts'

test('with nothing to report the result is one shared, frozen object', () => {
  expect(resultOf({ ...IDLE })).toBe(IDLE)
  expect(Object.isFrozen(IDLE)).toBe(true)
  expect(IDLE).toEqual({ stop: false, paused: false, rewound: null, degraded: false, superseded: false })
})

test.each([{ stop: true }, { paused: true }, { rewound: 0 }, { degraded: true }, { superseded: true }])(
  'a single condition is reported: %o',
  (condition) => {
    expect(resultOf({ ...IDLE, ...condition })).toEqual({ ...IDLE, ...condition })
  },
)

test('the duration of a step is measured between steps, smoothed, and not while the loop stays at a step or goes back', () => {
  const pace = createPace()
  pace.measure(0, 5000)
  expect(pace.stepSeconds).toBe(null)
  pace.measure(2, 9000)
  expect(pace.stepSeconds).toBe(2)
  pace.measure(2, 10_000)
  expect(pace.stepSeconds).toBe(2)
  pace.measure(3, 17_000)
  expect(pace.stepSeconds).toBeCloseTo(0.8 * 2 + 0.2 * 7, 12)
  pace.measure(1, 50_000)
  expect(pace.stepSeconds).toBeCloseTo(3, 12)
  pace.measure(2, 53_000)
  expect(pace.stepSeconds).toBeCloseTo(3, 12)
})
