import { createLineWindow, type LineWindow } from '@hotcb/metrics/judge'
import { expect, test } from 'vitest'
import { effectOfAction } from '../src/measured.ts'

/** A level metric with a little noise that changes by `shift` after step 30. */
function windowOf(shift: number, sign: 1 | -1 = 1, length = 60): LineWindow {
  const window = createLineWindow({ sign })
  for (let i = 0; i < length; i++) window.push(i, 2 + 0.01 * Math.sin(i * 7) + (i > 30 ? shift : 0))
  return window
}

const ACTION = { id: 'a', rule: 'r', step: 30, clock: 30, settle: 10 }
const MIN = { name: 'loss', direction: 'min' } as const
const MAX = { name: 'loss', direction: 'max' } as const

const told = (text: string): string => `loss ${text} against its own trend, no twin`

test('an effect is the shift of the key metric relative to its own trend', () => {
  expect(effectOfAction(ACTION, { ...MIN, window: windowOf(-0.5) }, 59)).toEqual({
    verdict: 'better',
    because: told('lower by 0.501 (95 % interval -0.647 to -0.404)'),
    evidence: {
      ...{ metric: 'loss', shift: expect.closeTo(-0.50086, 5) },
      ...{ low: expect.closeTo(-0.64685, 5), high: expect.closeTo(-0.40398, 5) },
    },
  })
  expect(effectOfAction(ACTION, { ...MIN, window: windowOf(0.5) }, 59)).toMatchObject({
    ...{ verdict: 'worse', because: told('higher by 0.499 (95 % interval 0.353 to 0.596)') },
    evidence: { shift: expect.closeTo(0.49914, 5) },
  })
  expect(effectOfAction(ACTION, { ...MIN, window: windowOf(0) }, 59)).toMatchObject({
    ...{ verdict: 'unclear', because: told('lower by 0.000856 (95 % interval -0.147 to 0.096)') },
  })
})

test('for a metric for which higher is better, a rise is better', () => {
  expect(effectOfAction(ACTION, { ...MAX, window: windowOf(0.5, -1) }, 59)).toMatchObject({
    ...{ verdict: 'better', because: told('higher by 0.499 (95 % interval 0.353 to 0.596)') },
  })
  expect(effectOfAction(ACTION, { ...MAX, window: windowOf(-0.5, -1) }, 59)?.verdict).toBe('worse')
})

test('an effect is measured after twice the settling time, with at least five values', () => {
  const verdict = (clock: number, length?: number): unknown =>
    effectOfAction(ACTION, { ...MIN, window: windowOf(1, 1, length) }, clock)?.verdict
  expect([verdict(49), verdict(50)]).toEqual([undefined, 'worse'])
  expect([verdict(100, 35), verdict(100, 36), verdict(2030, 35)]).toEqual([undefined, 'worse', undefined])
})

test('without enough values an effect is no longer measured after 2000 steps', () => {
  const few = { verdict: 'unclear', because: 'too few values since', evidence: {} }
  expect(effectOfAction(ACTION, { ...MIN, window: windowOf(1, 1, 35) }, 2031)).toEqual(few)
  expect([effectOfAction(ACTION, undefined, 2030), effectOfAction(ACTION, undefined, 2031)]).toEqual([undefined, few])
  expect(effectOfAction({ ...ACTION, step: 1 }, { ...MIN, window: windowOf(1) }, 100)).toEqual({
    ...{ verdict: 'unclear', because: 'too few values of loss before it on this line', evidence: {} },
  })
})
