import { type AutopilotLine, type LedgerLine, readAutopilotLine } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { foldAutopilotHistory } from '../src/index.ts'
import { isActionCid, isExpired } from '../src/story.ts'
import type { ActionRecord } from '../src/types.ts'
import { ledgerLine } from './support.ts'

function line(kind: string, more: object = {}): AutopilotLine {
  const read = readAutopilotLine({ action_id: 'a1-1', ts: 1, n: 1, kind, ...more })
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

const records = (lines: readonly AutopilotLine[], ledger: readonly LedgerLine[] = []): readonly ActionRecord[] =>
  foldAutopilotHistory(lines, ledger).actions

const COMMAND = { cid: 'ap-a1-1', module: 'opt', op: 'set_params', params: { lr: 1 } }
const PROPOSED = line('proposed', {
  ...{ command: COMMAND, cid: 'ap-a1-1', step: 4, ts: 20, rule_id: 'r', metric: 'loss', confidence: 'low' },
  ...{ source: 'ai', reason: 'because', data: { auto: false, plan: ['one'], evidence: { z: 1 }, procedure: { a: 1 } } },
})
const RECORD: ActionRecord = {
  ...{ id: 'a1-1', state: 'open', rule: 'r', metric: 'loss', step: 4, ts: 20, because: 'because', confidence: 'low' },
  ...{ source: 'ai', command: COMMAND, next: null, cid: 'ap-a1-1', by: null, decision: null, seq: null, error: null },
  ...{ outcome: null, outcomeBecause: null, again: 0, plan: ['one'], evidence: { z: 1 }, procedure: { a: 1 } },
}

test('a record contains everything in its first line', () => {
  expect(records([PROPOSED])).toEqual([RECORD])
  const bare = line('alert', { reason: 'look' })
  expect(records([bare])).toEqual([
    {
      ...RECORD,
      ...{ state: 'told', rule: null, metric: null, step: null, ts: 1, because: 'look', confidence: null },
      ...{ source: 'autopilot', command: null, cid: null, plan: [], evidence: {}, procedure: null },
    },
  ])
})

test('model queries are not actions, and an autopilot without lines has none', () => {
  expect(foldAutopilotHistory([], [])).toEqual({ n: 0, actions: [] })
  const asked = [line('call', { action_id: 'a1-c1' }), line('reply', { action_id: 'a1-c1' })]
  expect(records([...asked, PROPOSED])).toEqual([RECORD])
})

test('later lines change the procedure and the evidence, and the end of a rescue clears it', () => {
  const later = (data: object | null, kind = 'alert'): readonly ActionRecord[] =>
    records([PROPOSED, line(kind, { data })])
  expect(later({ procedure: { b: 2 }, evidence: { y: 2 } })).toEqual([
    { ...RECORD, procedure: { b: 2 }, evidence: { y: 2 } },
  ])
  expect(later({ procedure: null })).toEqual([{ ...RECORD, procedure: null }])
  expect(later({ procedure: 3, evidence: 3 })).toEqual([{ ...RECORD, procedure: null }])
  expect(later({ evidence: { settled: true } })).toEqual([{ ...RECORD, procedure: null }])
  expect(later({ evidence: { settled: 1 } })).toEqual([{ ...RECORD, evidence: { settled: 1 } }])
  expect(later(null)).toEqual([RECORD])
  const outcome = { ...RECORD, outcome: 'better', outcomeBecause: null }
  expect(later({ verdict: 'better', evidence: { y: 2 } }, 'outcome')).toEqual([outcome])
})

test('a second proposal for an action replaces its command, clears its answer, and keeps a plan that it does not repeat', () => {
  const decided = line('decided', { cid: 'ap-a1-1', decision: 'failed', reason: 'no', seq: 3 })
  const second = { ...COMMAND, cid: 'ap-a1-1.2' }
  const again = (data: object): AutopilotLine => line('proposed', { command: second, cid: 'ap-a1-1.2', data })
  const expected = { ...RECORD, command: second, cid: 'ap-a1-1.2' }
  const queued = line('queued', { cid: 'ap-a1-1', command: COMMAND })
  expect(records([PROPOSED, queued, decided, again({})])).toEqual([expected])
  expect(records([PROPOSED, decided, again({ plan: [] })])).toEqual([expected])
  expect(records([PROPOSED, again({ plan: ['two'], auto: true })])).toEqual([
    { ...expected, plan: ['two'], state: 'queued' },
  ])
})

test('an action whose command was sent waits for the kernel', () => {
  const queued = line('queued', { cid: 'ap-a1-1' })
  expect(records([PROPOSED, queued])).toEqual([{ ...RECORD, state: 'queued' }])
})

test('an approval without a decision is queued, and a later decision keeps the person', () => {
  const approved = line('approved', { cid: 'ap-a1-1', by: 'ann', seq: 5 })
  expect(records([PROPOSED, approved])).toEqual([{ ...RECORD, state: 'queued', by: 'ann', seq: 5 }])
  const decided = line('decided', { cid: 'ap-a1-1', decision: 'applied', seq: 6, reason: 'x' })
  expect(records([PROPOSED, decided])).toEqual([{ ...RECORD, state: 'applied', decision: 'applied', seq: 6 }])
  expect(records([PROPOSED, decided, approved])).toEqual([{ ...RECORD, state: 'applied', by: 'ann', seq: 5 }])
  const failed = line('decided', { cid: 'ap-a1-1', decision: 'failed', seq: 6, reason: 'x' })
  expect(records([PROPOSED, failed, approved])).toEqual([{ ...RECORD, state: 'failed', by: 'ann', seq: 5, error: 'x' }])
  // A line without a cid belongs to the newest command.
  expect(records([PROPOSED, line('dismissed', { by: 'bob', reason: 'no', seq: 7 })])).toEqual([
    { ...RECORD, state: 'dismissed', by: 'bob', error: 'no', seq: 7 },
  ])
})

test('the ledger takes precedence over the log', () => {
  const own = { seq: 9, cid: 'ap-a1-1', source: 'cli', author: 'ann' }
  const applied = { ...RECORD, state: 'applied', by: 'ann', decision: 'applied', seq: 9 }
  expect(records([PROPOSED], [ledgerLine(own)])).toEqual([applied])
  expect(records([PROPOSED], [ledgerLine({ ...own, decision: 'rejected', error: 'bad' })])).toEqual([
    { ...applied, state: 'failed', decision: 'rejected', error: 'bad' },
  ])
  // A line that re-applies an earlier one is not an answer.
  expect(records([PROPOSED], [ledgerLine({ ...own, of: 3 })])).toEqual([RECORD])
  expect(records([PROPOSED], [ledgerLine({ ...own, cid: 'ap-a1-10' })])).toEqual([RECORD])
  const cancel = {
    seq: 8,
    module: 'core',
    op: 'cancel',
    params: { cid: 'ap-a1-1', reason: 'no' },
    author: 'eve',
    cid: 'x',
  }
  const dismissed = { ...RECORD, state: 'dismissed', by: 'eve', seq: 8, error: 'no' }
  expect(records([PROPOSED], [ledgerLine(cancel)])).toEqual([dismissed])
  expect(records([PROPOSED], [ledgerLine({ ...cancel, params: { cid: 'ap-a1-1', reason: 3 } })])).toEqual([
    { ...dismissed, error: null },
  ])
  for (const more of [
    { module: 'opt' },
    { op: 'set' },
    { decision: 'failed' },
    { params: null },
    { params: { cid: 3 } },
  ])
    expect(records([PROPOSED], [ledgerLine({ ...cancel, ...more } as never)]), JSON.stringify(more)).toEqual([RECORD])
})

test("an action's cid begins with its prefix", () => {
  expect([isActionCid('ap-a1-1'), isActionCid('a1-1'), isActionCid('x-ap-'), isActionCid(null)]).toEqual([
    ...[true, false, false, false],
  ])
})

test('a command expires after its step or its time, if these are numbers', () => {
  const at = (expires: unknown, step: number | null, now: number): boolean =>
    isExpired({ expires } as never, { step, now })
  expect([at({ step: 9 }, 9, 0), at({ step: 9 }, 10, 0), at({ step: 9 }, null, 0)]).toEqual([false, true, false])
  expect([at({ ts: 9 }, null, 9), at({ ts: 9 }, null, 9.5), at({ step: 9, ts: 9 }, 0, 10)]).toEqual([false, true, true])
  expect([at({ step: '9' }, 10, 0), at({ ts: '9' }, 0, 10), at(null, 10, 10), at(3, 10, 10)]).toEqual([
    ...[false, false, false, false],
  ])
})
