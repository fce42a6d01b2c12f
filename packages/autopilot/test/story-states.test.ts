import { type AutopilotLine, readAutopilotLine, readCommand } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { foldAutopilotHistory } from '../src/index.ts'
import type { ActionRecord } from '../src/types.ts'

const COMMAND = { cid: 'ap-a1-1', module: 'opt', op: 'set_params', params: { lr: 1 }, expires: { step: 9, ts: 100 } }

function line(kind: string, more: object = {}): AutopilotLine {
  const read = readAutopilotLine({ action_id: 'a1-1', ts: 1, n: 1, kind, ...more })
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

const PROPOSED = line('proposed', {
  command: COMMAND,
  cid: 'ap-a1-1',
  data: { auto: false, plan: ['one', 3, 'two'], evidence: { z: 1 } },
})

function story(
  lines: readonly AutopilotLine[],
  at?: { step: number | null; now: number },
  commands: readonly object[] = [],
): ActionRecord {
  const sent = commands.map((one) => {
    const read = readCommand(one)
    if (!read.ok) throw new Error(read.reason)
    return read.value
  })
  const [first] = foldAutopilotHistory(lines, [], at as never, sent).actions
  if (first === undefined) throw new Error('there is no action')
  return first
}

test("an action has its proposal's plan, evidence and command", () => {
  expect(story([PROPOSED])).toMatchObject({
    state: 'open',
    plan: ['one', 'two'],
    evidence: { z: 1 },
    command: COMMAND,
    next: null,
  })
})

test('a proposal lapses after its step or its time, and without a known step only after its time', () => {
  const state = (step: number | null, now: number): string => story([PROPOSED], { step, now }).state
  expect([state(9, 100), state(10, 100), state(9, 101), state(null, 100), state(null, 101)]).toEqual([
    ...['open', 'lapsed', 'lapsed', 'open', 'lapsed'],
  ])
})

test.each([
  ['applied', 'applied'],
  ['failed', 'failed'],
  ['rejected', 'failed'],
  ['expired', 'expired'],
  ['skipped_noop', 'dismissed'],
  ['ignored', 'failed'],
  ['ignored_freeze', 'frozen'],
  ['ignored_replay', 'frozen'],
  [null, 'failed'],
])('without a ledger the decision %s in the log means %s', (decision, state) => {
  const decided = line('decided', { cid: 'ap-a1-1', decision, seq: 4, reason: 'why' })
  expect(story([PROPOSED, decided])).toMatchObject({ state, seq: 4, error: state === 'applied' ? null : 'why' })
})

test("the record still names the person who approved after the kernel's decision", () => {
  const approved = line('approved', { cid: 'ap-a1-1', by: 'ann' })
  expect(story([PROPOSED, approved])).toMatchObject({ state: 'queued', by: 'ann' })
  const decided = line('decided', { cid: 'ap-a1-1', by: 'kernel', decision: 'applied', seq: 4 })
  expect(story([PROPOSED, approved, decided])).toMatchObject({ state: 'applied', by: 'ann', seq: 4 })
  expect(story([PROPOSED, line('dismissed', { cid: 'ap-a1-1', by: 'bob', reason: 'no' })])).toMatchObject({
    ...{ state: 'dismissed', by: 'bob', error: 'no' },
  })
})

test('an answer to an earlier command of a procedure does not answer the later one', () => {
  const later = { ...COMMAND, cid: 'ap-a1-1.1' }
  const queued = line('queued', { command: later, cid: 'ap-a1-1.1' })
  const old = line('decided', { cid: 'ap-a1-1', decision: 'failed', seq: 4, reason: 'x' })
  expect(story([PROPOSED, queued, old])).toMatchObject({ state: 'queued', next: later, cid: 'ap-a1-1.1' })
  const own = line('decided', { cid: 'ap-a1-1.1', decision: 'applied', seq: 5 })
  expect(story([PROPOSED, queued, old, own])).toMatchObject({ state: 'applied', seq: 5 })
})

test('an effect is one of the known verdicts, and any other verdict counts as unclear', () => {
  const outcome = (verdict: unknown): unknown => {
    const { outcome: is, outcomeBecause } = story([PROPOSED, line('outcome', { reason: 'lower', data: { verdict } })])
    return [is, outcomeBecause]
  }
  expect(['better', 'worse', 'refused', 'great', 3].map(outcome)).toEqual([
    ...[
      ['better', 'lower'],
      ['worse', 'lower'],
      ['refused', 'lower'],
      ['unclear', 'lower'],
      ['unclear', 'lower'],
    ],
  ])
})

test('an alert that names an open proposal counts as another firing of it', () => {
  const again = (of: unknown): AutopilotLine => line('alert', { action_id: 'a1-2', data: { evidence: { again: of } } })
  expect([story([PROPOSED]).again, story([PROPOSED, again('a1-1'), again('a1-1')]).again]).toEqual([0, 2])
  expect([story([PROPOSED, again('a9-9')]).again, story([PROPOSED, again(3)]).again]).toEqual([0, 0])
})

test('a command that the kernel has not read yet answers a proposal', () => {
  const asked = (...commands: object[]): unknown => {
    const { state, by } = story([PROPOSED], undefined, commands)
    return [state, by]
  }
  expect(asked({ ...COMMAND, author: 'ann', source: 'cli' })).toEqual(['queued', 'ann'])
  expect(asked({ ...COMMAND, source: 'cli' })).toEqual(['queued', 'cli'])
  const cancel = { module: 'core', op: 'cancel', params: { cid: 'ap-a1-1' }, author: 'bob', source: 'cli' }
  expect(asked(cancel)).toEqual(['dismissed', 'bob'])
  expect(asked({ ...cancel, params: { cid: 'other' } })).toEqual(['open', null])
  expect(asked({ ...cancel, module: 'opt' })).toEqual(['open', null])
  // The first answer is used.
  expect(asked(cancel, { ...COMMAND, author: 'ann', source: 'cli' })).toEqual(['dismissed', 'bob'])
})
