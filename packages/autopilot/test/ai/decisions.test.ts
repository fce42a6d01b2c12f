import { type AutopilotLine, readAutopilotLine } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { decisionsOf } from '../../src/ai/decisions.ts'
import type { ActionRecord } from '../../src/types.ts'

function line(kind: string, id: string, more: object = {}): AutopilotLine {
  const read = readAutopilotLine({ action_id: id, ts: 5, step: 60, n: 1, kind, ...more })
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

const CALL = line('call', 'a1-c1', { reason: 'first', data: { model: 'm', host: 'h' } })
const ASKED = {
  ...{ id: 'a1-c1', step: 60, ts: 5, model: 'm', host: 'h', why: 'first', isAnswered: false, diagnosis: null },
  ...{ reasoning: null, error: null, actions: [], nanoUsd: null, tokens: null, calls: null },
}
const SPENT = { nano_usd: 7, tokens: 8, calls: 9 }
const STORY = { id: 'a1-1', command: { op: 'stop' } } as unknown as ActionRecord

test('a query without an answer is not answered yet', () => {
  expect(decisionsOf([CALL, line('alert', 'a1-2'), line('proposed', 'a1-1')], [])).toEqual([ASKED])
  expect(decisionsOf([line('call', 'a1-c1', { data: { model: 3 } })], [])).toEqual([
    { ...ASKED, why: null, model: null, host: null },
  ])
})

test('an answer has its reasoning, its actions with their effects, and its cost', () => {
  const actions = [
    { action: 'set_lr', name: 'lr', value: 0.5, result: 'done as a1-1', id: 'a1-1' },
    { action: 'noop', name: 3, value: 'x', result: null, id: null },
    3,
  ]
  const reply = line('reply', 'a1-c1', {
    step: 70,
    ts: 9,
    reason: 'stuck',
    data: { spent: SPENT, diagnosis: 'plateau', actions },
  })
  const answered = {
    ...{ isAnswered: true, diagnosis: 'plateau', reasoning: 'stuck', nanoUsd: 7, tokens: 8, calls: 9 },
    actions: [
      { action: 'set_lr', name: 'lr', value: 0.5, result: 'done as a1-1', story: STORY },
      { action: 'noop', name: null, value: null, result: 'null', story: null },
    ],
  }
  expect(decisionsOf([CALL, reply], [STORY])).toEqual([{ ...ASKED, ...answered }])
  // An alert is not an action with an effect.
  const alert = { ...STORY, command: null }
  expect(decisionsOf([CALL, reply], [alert])[0]?.actions[0]?.story).toBeNull()
  // The query may be in a part of the log that was lost.
  expect(decisionsOf([reply], [STORY])).toEqual([
    { ...ASKED, step: 70, ts: 9, model: null, host: null, why: null, ...answered },
  ])
})

test('a failed query has the reason for the failure, and no reasoning', () => {
  const failed = line('reply', 'a1-c1', {
    reason: 'no connection',
    data: { failed: 'unreachable', spent: { calls: 1, tokens: 'x' } },
  })
  expect(decisionsOf([CALL, failed], [])).toEqual([{ ...ASKED, isAnswered: true, error: 'no connection', calls: 1 }])
  const bare = line('reply', 'a1-c1', { reason: 'x', data: null })
  expect(decisionsOf([CALL, bare], [])).toEqual([{ ...ASKED, isAnswered: true, reasoning: 'x' }])
})

test('queries are listed in order, even if an answer arrives late', () => {
  const [second, third] = [line('call', 'a1-c2'), line('call', 'a1-c3')]
  const late = line('reply', 'a1-c1', { data: {} })
  expect(decisionsOf([CALL, second, late, third], []).map(({ id, isAnswered }) => [id, isAnswered])).toEqual([
    ['a1-c1', true],
    ['a1-c2', false],
    ['a1-c3', false],
  ])
})
