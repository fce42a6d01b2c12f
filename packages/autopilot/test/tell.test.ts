import { expect, test } from 'vitest'
import {
  answerText,
  conditionText,
  deadlineOf,
  deadlineText,
  describeAction,
  effectText,
  firingsText,
  frozenText,
  holderText,
  repeatsText,
} from '../src/index.ts'
import type { ActionRecord } from '../src/types.ts'

const ACTION: ActionRecord = {
  ...{ id: 'a1-1', state: 'open', rule: 'r', metric: 'loss', step: 3, ts: 1, because: 'x', confidence: 'high' },
  ...{ source: 'autopilot', command: null, next: null, cid: null, by: null, decision: null, seq: null, error: null },
  ...{ outcome: null, outcomeBecause: null, again: 0, plan: [], evidence: {}, procedure: null },
}

test('a change is described with the values that it starts from, and an alert has none', () => {
  const command = { module: 'opt', op: 'set_params', params: { lr: 0.025 }, expect: { lr: 0.05 } }
  expect(describeAction({ command })).toBe('lr 0.05 → 0.025')
  expect(describeAction({ command: null })).toBe(null)
  expect(describeAction({ command: { module: 'opt' } })).toBe(null)
  expect(describeAction({ command: { op: 'pause' } })).toBe(null)
  expect(describeAction({ command: { module: 'cb', op: 'disable', id: 'beat' } })).toContain('beat')
})

test('the description of an answer contains the person, the ledger line and the reason', () => {
  const text = (more: Partial<ActionRecord>): string => answerText({ ...ACTION, ...more })
  const ann = { by: 'ann', seq: 7 }
  expect(text({ state: 'open' })).toBe('waiting for a person')
  expect(text({ state: 'told' })).toBe('an alert')
  expect(text({ state: 'lapsed' })).toBe('lapsed: no one answered in time')
  expect(text({ state: 'queued' })).toBe('waiting for the trainer')
  expect(text({ state: 'queued', by: 'ann' })).toBe('approved by ann, waiting for the trainer')
  expect(text({ state: 'applied', seq: 7 })).toBe('applied (ledger line 7)')
  expect(text({ state: 'applied', ...ann })).toBe('approved by ann, applied (ledger line 7)')
  expect(text({ state: 'failed', ...ann, error: 'no room' })).toBe('approved by ann, failed (ledger line 7): no room')
  expect(text({ state: 'failed' })).toBe('failed')
  expect(text({ state: 'frozen', ...ann })).toBe('approved by ann, refused by the freeze (ledger line 7)')
  expect(text({ state: 'expired', ...ann })).toBe('approved by ann, expired before the trainer read it (ledger line 7)')
  expect(text({ state: 'dismissed', ...ann, error: 'too early' })).toBe('rejected by ann (ledger line 7): too early')
  expect(text({ state: 'dismissed' })).toBe('rejected')
})

test('a deadline is a step, a time, both or none', () => {
  const at = (expires: unknown) => ({ command: { expires } as never })
  expect(deadlineOf(at({ step: 1200, ts: 5 }))).toEqual({ step: 1200, ts: 5 })
  expect(deadlineOf(at({ step: 'x' }))).toEqual({ step: null, ts: null })
  expect(deadlineOf(at(3))).toEqual({ step: null, ts: null })
  expect(deadlineOf({ command: null })).toEqual({ step: null, ts: null })
  expect(deadlineText(at({ step: 1200, ts: 1500 }), 0)).toBe('until step 1,200 or 25 min')
  expect(deadlineText(at({ step: 1200 }), 0)).toBe('until step 1,200')
  expect(deadlineText(at({ ts: 1500 }), 0)).toBe('until 25 min')
  expect(deadlineText(at({ ts: 1500 }), 2000)).toBe(deadlineText(at({ ts: 1500 }), 1500))
  expect(deadlineText(at({}), 0)).toBe('no time limit')
})

test('firings are listed up to eight steps, and the others are counted', () => {
  expect(firingsText([])).toBe('would not have fired')
  expect(firingsText([3])).toBe('would have fired at 3')
  expect(firingsText([3, 5])).toBe('would have fired at 3 and 5')
  expect(firingsText([3, 5, 7])).toBe('would have fired at 3, 5 and 7')
  const eight = [1, 2, 3, 4, 5, 6, 7, 8]
  expect(firingsText(eight)).toBe('would have fired at 1, 2, 3, 4, 5, 6, 7 and 8')
  expect(firingsText([...eight, 9])).toBe('would have fired at 1, 2, 3, 4, 5, 6, 7, 8 and once more')
  expect(firingsText(eight, 2008)).toBe('would have fired at 1, 2, 3, 4, 5, 6, 7, 8 and 2,000 times more')
})

test('repeats, effects, conditions, holders and freezes are described in words', () => {
  expect([0, 1, 2, 1500].map((again) => repeatsText({ again }))).toEqual([
    null,
    'fired once more',
    'fired 2 more times',
    'fired 1,500 more times',
  ])
  expect(effectText({ outcome: null, outcomeBecause: 'x' })).toBe(null)
  expect(effectText({ outcome: 'better', outcomeBecause: null })).toBe('better')
  expect(effectText({ outcome: 'worse', outcomeBecause: 'loss higher' })).toBe('worse: loss higher')
  expect(conditionText({ program: null, condition: 'plateau', metric: 'val_loss' })).toBe('plateau of val_loss')
  expect(conditionText({ program: null, condition: 'nan', metric: null })).toBe('nan')
  expect(conditionText({ program: { text: 'loss > 1' } as never, condition: 'when', metric: null })).toBe('loss > 1')
  const holder = { n: 1, engine: 'autopilot', since: null, isAlive: true }
  expect(holderText({ ...holder, pid: 47, host: 'gpu3' })).toBe('autopilot, process 47 on gpu3')
  expect(holderText({ ...holder, pid: null, host: null })).toBe('autopilot')
  expect(frozenText('a1-1', 'prod')).toBe('the run is frozen (prod): the kernel would refuse `a1-1` and close it')
})
