import { expect, test } from 'vitest'
import {
  createLineWindow,
  gradExplosion,
  type LineWindow,
  notFinite,
  OVERFITTING,
  overfitting,
  plateau,
  silent,
  slow,
  spike,
  stuck,
} from '../../src/judge.ts'

function windowOf(values: readonly (number | null)[], sign: 1 | -1 = 1): LineWindow {
  const window = createLineWindow({ sign })
  for (const [step, value] of values.entries()) window.push(step, value)
  return window
}

const times = (count: number, value: number): number[] => Array.from({ length: count }, () => value)
const FALSE = { is: false, because: '' }

test('a step is slow if it takes more than one and a half times the usual time, or more than a given ratio', () => {
  expect(slow(0.15, 0.1)).toEqual(FALSE)
  expect(slow(0.25, 0.125)).toEqual({ is: true, because: 'a step takes 0.25 s, usually 0.125 s' })
  expect(slow(0.25, 0.125, 2)).toEqual(FALSE)
  expect(slow(0.25, 0.125, 1.99).is).toBe(true)
})

test('a run is silent after more than a minute and more than twenty steps', () => {
  expect(silent(60, undefined)).toEqual(FALSE)
  expect(silent(60.6, undefined)).toEqual({ is: true, because: 'nothing reported for 61 s' })
  expect([silent(100, 5).is, silent(100.5, 5).is]).toEqual([false, true])
  expect([silent(10, 0.1, 10).is, silent(10.5, 0.1, 10).is]).toEqual([false, true])
})

test('a value that is not finite is reported with an onset before the last five finite values, if they are known', () => {
  expect(notFinite(windowOf([1, 2]))).toEqual(FALSE)
  expect(notFinite(windowOf([1, 2, 3, 4, 5, null]))).toEqual({ is: true, because: 'not finite at step 5' })
  expect(notFinite(windowOf([1, 2, 3, 4, 5, 6, 7, null]))).toEqual({
    is: true,
    because: 'not finite at step 7',
    onset: 1,
  })
})

test('a gradient norm is judged from the fiftieth value on, and its level must be above both bounds', () => {
  const usual = (count: number, last: readonly (number | null)[], sign: 1 | -1 = 1) =>
    gradExplosion(windowOf([...times(count, 2), ...last], sign))
  expect(usual(46, [30, 30, 30])).toEqual(FALSE)
  expect(usual(47, [30, 30, 30])).toEqual({
    is: true,
    because: 'level 30, usually 2',
    usual: 2,
    onset: expect.any(Number),
  })
  // Ten times the usual level is not above it.
  expect(usual(60, [20, 20, 20])).toEqual(FALSE)
  expect(usual(60, [20.1, 20.1, 20.1]).is).toBe(true)
  expect(usual(49, [null])).toEqual(FALSE)
  expect(usual(50, [null])).toEqual({ is: true, because: 'not finite at step 50', usual: 2 })
})

test('a spike needs 67 values, and is reported with the second largest of the last three values and the usual value', () => {
  const noisy = (count: number): number[] => Array.from({ length: count }, (_, i) => 1 + (i % 2))
  expect(spike(windowOf([...noisy(63), 9, 9, 9]))).toEqual(FALSE)
  expect(spike(windowOf([...noisy(64), 9, 1, 8]))).toEqual({
    is: true,
    because: 'two of the last three values are at 8 or beyond; the usual value is 1.5',
    usual: 1.5,
  })
  // Eight deviations of 0.5 above 1.5.
  expect([5.5, 5.6].map((value) => spike(windowOf([...noisy(64), value, 1, value])).is)).toEqual([false, true])
  const high = noisy(64).map((value) => 10 - value)
  expect(spike(windowOf([...high, 1, 9, 1], -1))).toEqual({
    is: true,
    because: 'two of the last three values are at 1 or beyond; the usual value is 8.5',
    usual: 8.5,
  })
})

test('a stuck loss is checked at every tenth value from 120 to 480, and only while its values are positive', () => {
  const is = (count: number, value = 2): boolean => stuck(windowOf(times(count, value))).is
  expect([119, 120, 121, 130, 480, 481, 490].map((count) => is(count))).toEqual([
    ...[false, true, false, true, true, false, false],
  ])
  expect([is(120, 0), is(120, -1)]).toEqual([false, false])
  expect(stuck(windowOf(times(120, 2)))).toEqual({ is: true, because: '2 over the last 120 values, 2 at the start' })
  // A loss at three quarters of its first values has learnt something.
  expect([1.5, 1.6].map((now) => stuck(windowOf([...times(10, 2), ...times(120, now)])).is)).toEqual([false, true])
})

test('a plateau and overfitting are reported with their numbers', () => {
  const down = Array.from({ length: 30 }, (_, i) => 4 - i * 0.1)
  expect(plateau(windowOf([...down, ...times(8, 1)]))).toEqual({
    is: true,
    because: 'no better over the last 8 values: 1 → 1, trend z 0',
  })
  expect(plateau(windowOf(down))).toEqual(FALSE)
  const val = [1, 0.5, 0.52, 0.55, 0.58, 0.61, 0.65, 0.7, 0.72]
  expect(overfitting(windowOf(val), windowOf(down.slice(0, 9)))).toEqual({
    is: true,
    because: '0.72, its best was 0.5, and the training metric is still improving',
  })
  expect(overfitting(windowOf(val.slice(0, 7)), windowOf(down.slice(0, 7)))).toEqual(FALSE)
  // Each of the last three values must be further from the best than the fraction, and 0.65 is 30 % above it.
  const is = (excess: number): boolean =>
    overfitting(windowOf(val), windowOf(down.slice(0, 9)), { ...OVERFITTING, excess }).is
  expect([is(0.29), is(0.31)]).toEqual([true, false])
})
