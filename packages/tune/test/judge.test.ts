import { createLineWindow } from '@hotcb/metrics/judge'
import { expect, test } from 'vitest'
import { judgeChange, onScale, standingOf } from '../src/judge.ts'

const RULE = { most: 3, z: 1, epsilon: 0.001 }

function windowOf(values: readonly number[], sign: 1 | -1 = 1) {
  const window = createLineWindow({ sign })
  for (const [step, value] of values.entries()) window.push(step, value)
  return window
}

// As a run would see it: a course, a change, and the values after it.
function verdict(before: readonly number[], after: readonly number[], rule = RULE, sign: 1 | -1 = 1) {
  const window = windowOf(before, sign)
  const standing = standingOf(window)
  if (standing === undefined) throw new Error('no values')
  return judgeChange(
    standing,
    onScale(
      Float64Array.from(after, (value) => sign * value),
      standing.scale,
    ),
    rule,
  )
}

// What hotcb 2 decided in the same place; before the change the metric stood still.
const still = Array.from({ length: 8 }, () => 0.5)

test('a fall of a metric that stood still is accepted, a rise is rejected', () => {
  expect(verdict(still, [0.4]).decision).toBe('accepted')
  expect(verdict(still, [0.6]).decision).toBe('rejected')
  expect(verdict([0.5], [0.4]).decision).toBe('accepted')
  expect(verdict([0.5], [0.6]).decision).toBe('rejected')
})

test('a gain below epsilon is rejected, once it had its time', () => {
  const rule = { ...RULE, epsilon: 0.05 }
  expect(verdict(still, [0.49], rule).decision).toBe('wait')
  expect(verdict(still, [0.49, 0.49, 0.49], rule).decision).toBe('rejected')
})

test('what was falling anyway is not the merit of a change', () => {
  const falling = [1, 0.9, 0.81, 0.729, 0.6561]
  expect(verdict(falling, [0.6]).decision).toBe('wait')
  expect(verdict(falling, [0.6, 0.56, 0.53]).decision).toBe('rejected')
  expect(verdict(falling, [0.5]).decision).toBe('accepted')
})

test('a change is not clear within the noise', () => {
  const noisy = [0.5, 0.56, 0.47, 0.54, 0.49, 0.55, 0.48, 0.53, 0.5]
  expect(verdict(noisy, [0.48])).toMatchObject({ decision: 'wait', isBad: false })
  expect(verdict(noisy, [0.48, 0.49, 0.48]).decision).toBe('rejected')
})

test('a rise beyond all noise is bad at once', () => {
  expect(verdict(still, [0.9])).toMatchObject({ decision: 'rejected', isBad: true })
  expect(verdict(still, [0.6])).toMatchObject({ decision: 'rejected', isBad: false })
})

test('of a metric where larger is better the same holds, as shares of what was gained', () => {
  const rising = [0.1, 0.5, 0.8, 0.85, 0.85, 0.86, 0.85, 0.86, 0.86]
  expect(verdict(rising, [0.93], RULE, -1).decision).toBe('accepted')
  expect(verdict(rising, [0.7], RULE, -1).decision).toBe('rejected')
  expect(verdict(rising, [0.3], RULE, -1)).toMatchObject({ decision: 'rejected', isBad: true })
})
