import { expect, test } from 'vitest'
import { trustIn, waitAfter, whyNow } from '../src/ai/schedule.ts'
import type { ActionRecord } from '../src/index.ts'

function measured(...outcomes: readonly ('better' | 'worse' | 'unclear')[]): readonly ActionRecord[] {
  return outcomes.map((outcome, i) => ({ rule: 'ai', outcome, step: 100 * i }) as ActionRecord)
}

test('after two harmful changes out of three a model only proposes for ten intervals, and after four only rules are used', () => {
  expect(trustIn(measured('worse', 'better', 'better'), 300, 50)).toBe('act')
  expect(trustIn(measured('better', 'worse', 'worse'), 300, 50)).toBe('ask')
  expect(trustIn(measured('better', 'worse', 'worse'), 701, 50)).toBe('act')
  expect(trustIn(measured('worse', 'worse', 'better', 'worse', 'better', 'worse'), 9000, 50)).toBe('rules')
  const byRules = measured('worse', 'worse', 'worse', 'worse').map((one) => ({ ...one, rule: 'mine' }))
  expect(trustIn(byRules, 400, 50)).toBe('act')
  expect(trustIn(measured('better', 'worse', 'worse'), 700, 50)).toBe('act')
  expect(trustIn(measured('better', 'worse', 'worse'), 699, 50)).toBe('ask')
  expect(trustIn(measured('worse', 'worse', 'better', 'unclear'), 400, 50)).toBe('act')
  expect(trustIn(measured('worse', 'better', 'worse', 'better'), 400, 50)).toBe('act')
  expect(trustIn(measured('worse', 'better', 'worse'), 400, 50)).toBe('ask')
  expect(trustIn(measured('worse', 'worse', 'better', 'better', 'worse'), 400, 50)).toBe('act')
  const more = (more: object): readonly ActionRecord[] => [
    { rule: 'ai', outcome: 'worse', step: 0, ...more } as ActionRecord,
  ]
  // A change that was refused or is not measured yet counts as neither harmful nor helpful.
  const [harm, open, refused] = [more({}), more({ outcome: null }), more({ outcome: 'refused' })]
  expect(trustIn([...harm, ...harm, ...open, ...refused, ...open], 10, 50)).toBe('ask')
  expect(trustIn([...harm, ...more({ step: null })], 10, 50)).toBe('act')
  expect(trustIn([], 0, 50)).toBe('act')
})

const CLOCK = { step: 100, nowMs: 100_000, lastStep: 40, lastMs: 0, nextCheck: null, alerts: 0, cadence: 50 }

test('a model is first queried at step 20, then at its cadence, at its own request, and when a condition becomes true', () => {
  expect(whyNow({ ...CLOCK, step: 19, lastStep: null })).toBeNull()
  expect(whyNow({ ...CLOCK, step: 20, lastStep: null })).toBe('first')
  expect(whyNow({ ...CLOCK, step: 0, lastStep: null, alerts: 1 })).toBe('first')
  expect(whyNow(CLOCK)).toBe('cadence')
  expect(whyNow({ ...CLOCK, step: 90 })).toBe('cadence')
  expect([29_999, 30_000].map((nowMs) => whyNow({ ...CLOCK, nowMs }))).toEqual([null, 'cadence'])
  expect([119_999, 120_000].map((nowMs) => whyNow({ ...CLOCK, lastMs: 100_000, nowMs, alerts: 1 }))).toEqual([
    null,
    'condition',
  ])
  expect([59, 60].map((step) => whyNow({ ...CLOCK, step, nextCheck: 60 }))).toEqual([null, 'asked'])
  expect(whyNow({ ...CLOCK, step: 100, nextCheck: 60, alerts: 1 })).toBe('condition')
  expect(whyNow({ ...CLOCK, step: 40 })).toBeNull()
  expect(whyNow({ ...CLOCK, step: 89 })).toBeNull()
  expect(whyNow({ ...CLOCK, step: 60, nextCheck: 60 })).toBe('asked')
  expect(whyNow({ ...CLOCK, step: 50, alerts: 1 })).toBe('condition')
  expect(whyNow({ ...CLOCK, step: 49, alerts: 1 })).toBeNull()
  expect(whyNow({ ...CLOCK, alerts: 1, nowMs: 19_999 })).toBeNull()
  expect(whyNow({ ...CLOCK, step: 10 })).toBe('cadence')
})

test('the wait after failures doubles from 20 seconds to 10 minutes, and is at least as long as the endpoint requests', () => {
  expect([0, 1, 2, 3, 5, 6, 20].map((failures) => waitAfter(failures, null))).toEqual([
    ...[20_000, 20_000, 40_000, 80_000, 320_000, 600_000, 600_000],
  ])
  expect([waitAfter(1, 90_000), waitAfter(1, 9e9), waitAfter(2, 30_000)]).toEqual([90_000, 600_000, 40_000])
})
