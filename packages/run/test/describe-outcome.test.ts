import { expect, test } from 'vitest'
import { decisionText, describeOutcome, failureReason } from '../src/index.ts'

const BASE = {
  module: 'opt',
  op: 'set_params',
  id: 'main',
  error: null,
  params: { lr: 2 },
  payload: { lr: 2 },
  old: { lr: 1 },
}

function line(more: Partial<Parameters<typeof describeOutcome>[0]>): Parameters<typeof describeOutcome>[0] {
  return { ...BASE, decision: 'applied', ...more }
}

test.each([
  ['applied', 'applied'],
  ['failed', 'failed'],
  ['ignored_freeze', 'refused by the freeze'],
  ['ignored_replay', 'refused during a replay'],
  ['skipped_noop', 'nothing to do'],
] as const)('the decision %s is shown as %s', (decision, text) => {
  expect(decisionText({ decision })).toBe(text)
})

test('an applied change is described without its outcome, another one with its outcome and reason', () => {
  expect(describeOutcome(line({}))).toBe('lr 1 → 2')
  expect(describeOutcome(line({ decision: 'failed', error: 'lr must be at most 1, not 2' }))).toBe(
    'lr = 2: failed: lr must be at most 1, not 2',
  )
  expect(describeOutcome(line({ decision: 'failed', error: 'unknown_param:lr' }))).toBe(
    'lr = 2: failed: there is no control `lr`',
  )
  expect(describeOutcome(line({ decision: 'ignored_freeze', error: 'ignored_freeze' }))).toBe(
    'lr = 2: refused by the freeze',
  )
  expect(describeOutcome(line({ decision: 'skipped_noop' }), { unicode: false })).toBe('lr = 2: nothing to do')
})

test('an applied change has no reason for a failure, whatever its error is', () => {
  expect(failureReason({ decision: 'applied', error: 'a warning' })).toBeNull()
  expect(failureReason({ decision: 'failed', error: null })).toBeNull()
  expect(failureReason({ decision: 'ignored_replay', error: 'x' })).toBeNull()
  expect(failureReason({ decision: 'failed', error: 'missed_step:9' })).toBe('the run ended before step 9 was reached')
})
