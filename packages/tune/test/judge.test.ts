import { createLineWindow } from '@hotcb/metrics/judge'
import { expect, test } from 'vitest'
import { baselineOf, judgeChange, judgeTwin, onScale, type VerdictRule } from '../src/judge.ts'

const RULE = { most: 3, z: 1, epsilon: 0.001 }

function windowOf(values: readonly number[], sign: 1 | -1 = 1) {
  const window = createLineWindow({ sign })
  for (const [step, value] of values.entries()) window.push(step, value)
  return window
}

// Judges a change as in a run: the values before it, and the values after it.
function verdict(before: readonly number[], after: readonly number[], rule: VerdictRule = RULE, sign: 1 | -1 = 1) {
  const window = windowOf(before, sign)
  const standing = baselineOf(window)
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

// Cases in which the decisions of hotcb 2 are known; the metric was constant before the change.
const still = Array.from({ length: 8 }, () => 0.5)

test('if a constant metric falls, the change is accepted; if it rises, the change is rejected', () => {
  expect(verdict(still, [0.4]).decision).toBe('accepted')
  expect(verdict(still, [0.6]).decision).toBe('rejected')
  expect(verdict([0.5], [0.4]).decision).toBe('accepted')
  expect(verdict([0.5], [0.6]).decision).toBe('rejected')
})

test('a gain below epsilon is rejected after `most` values', () => {
  const rule = { ...RULE, epsilon: 0.05 }
  expect(verdict(still, [0.49], rule).decision).toBe('wait')
  expect(verdict(still, [0.49, 0.49, 0.49], rule).decision).toBe('rejected')
})

test('a fall that would have happened anyway does not count in favor of a change', () => {
  const falling = [1, 0.9, 0.81, 0.729, 0.6561]
  expect(verdict(falling, [0.6]).decision).toBe('wait')
  expect(verdict(falling, [0.6, 0.56, 0.53]).decision).toBe('rejected')
  expect(verdict(falling, [0.5]).decision).toBe('accepted')
})

test('an effect within the noise is unclear', () => {
  const noisy = [0.5, 0.56, 0.47, 0.54, 0.49, 0.55, 0.48, 0.53, 0.5]
  expect(verdict(noisy, [0.48])).toMatchObject({ decision: 'wait', isBad: false })
  expect(verdict(noisy, [0.48, 0.49, 0.48]).decision).toBe('rejected')
})

test('a rise far beyond the noise is bad immediately', () => {
  expect(verdict(still, [0.9])).toMatchObject({ decision: 'rejected', isBad: true })
  expect(verdict(still, [0.6])).toMatchObject({ decision: 'rejected', isBad: false })
})

test('a metric where larger is better is judged by the same rules, relative to its gain so far', () => {
  const rising = [0.1, 0.5, 0.8, 0.85, 0.85, 0.86, 0.85, 0.86, 0.86]
  expect(verdict(rising, [0.93], RULE, -1).decision).toBe('accepted')
  expect(verdict(rising, [0.7], RULE, -1).decision).toBe('rejected')
  expect(verdict(rising, [0.3], RULE, -1)).toMatchObject({ decision: 'rejected', isBad: true })
})

test('a raised rate is kept if the objective still falls after `most` values, and rejected otherwise', () => {
  const falling = [1, 0.9, 0.81, 0.729, 0.6561]
  const raise = { ...RULE, isRaise: true }
  // It falls more slowly than before, and its first value is above the last one before the change.
  expect(verdict(falling, [0.72], raise).decision).toBe('wait')
  expect(verdict(falling, [0.72, 0.68, 0.64], raise).decision).toBe('accepted')
  expect(verdict(falling, [0.72, 0.68, 0.66], raise).decision).toBe('rejected')
  expect(verdict(falling, [0.5], raise).decision).toBe('accepted')
  expect(verdict(falling, [0.9], raise)).toMatchObject({ decision: 'rejected', isBad: true })
})

test('a rise of more than four fifths is bad, however noisy the objective was', () => {
  const wild = [1, 0.4, 0.9, 0.3, 0.8, 0.35, 0.9, 0.4]
  expect(verdict(wild, [0.7]).isBad).toBe(false)
  expect(verdict(wild, [0.75]).isBad).toBe(true)
})

test('compared with a twin, only the difference between the two counts', () => {
  const standing = { scale: null, u0: 0, r0: 0.5, s: 0.1 }
  const effect = { metric: 'loss', low: -1, high: 1, steps: 40, with: 0.5, without: 0.5 }
  expect(judgeTwin(standing, { ...effect, difference: -0.2, pairs: 1 }, RULE).decision).toBe('accepted')
  expect(judgeTwin(standing, { ...effect, difference: 0.2, pairs: 1 }, RULE).decision).toBe('rejected')
  expect(judgeTwin(standing, { ...effect, difference: -0.05, pairs: 1 }, RULE).decision).toBe('wait')
  expect(judgeTwin(standing, { ...effect, difference: -0.05, pairs: 3 }, RULE).decision).toBe('rejected')
})
