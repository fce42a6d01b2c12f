import type { JsonObject } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createAuditFold, openActs, openProposals, readActRequest } from '../src/audit.ts'
import { deltaSince, stampsOf, wakes } from '../src/delta.ts'
import { trialOf } from './trials.ts'

const ACT = {
  ...{ tool: 'run_indices', args: { indices: [1] }, class: 'cheap', reason: 'why' },
  expect: [{ i: 1, state: 'failed', attempt: 1 }],
}

function folded(...lines: readonly JsonObject[]) {
  const fold = createAuditFold()
  for (const line of lines) fold.take(line)
  return fold
}

const intent = (id: string, act: JsonObject = ACT): JsonObject => ({ event: 'run_indices', id, phase: 'intent', act })

test('an act is open between its intent and its outcome', () => {
  expect(openActs(folded(intent('1.1'))).map(({ id, act }) => [id, act])).toEqual([['1.1', ACT]])
  const done = folded(intent('1.1'), { event: 'run_indices', id: '1.1', phase: 'done', ok: true, result: 'started' })
  expect(openActs(done)).toEqual([])
  expect(done.acts.get('1.1')?.outcome).toEqual({ ok: true, text: 'started' })
  const failed = folded(intent('1.1'), { event: 'x', id: '1.1', phase: 'done', ok: 'yes' })
  expect(failed.acts.get('1.1')?.outcome).toEqual({ ok: false, text: '' })
})

test('an id is used once: a second intent with the same id changes nothing', () => {
  const fold = folded(intent('1.1'), intent('1.1', { ...ACT, tool: 'stop_index' }))
  expect(fold.acts.get('1.1')?.act.tool).toBe('run_indices')
})

test.each<JsonObject>([
  { ...ACT, tool: 3 },
  { ...ACT, args: [] },
  { ...ACT, expect: {} },
])('a damaged act %j is ignored', (act) => {
  expect(folded(intent('1.1', act)).acts.size).toBe(0)
  expect(folded({ event: 'a', id: '1.1', phase: 'proposal', act, text: 'x' }).proposals.size).toBe(0)
})

test('missing or invalid fields of an act get the most restrictive values', () => {
  const expectation = [
    { i: 1, state: 'failed', attempt: 1 },
    { i: '2', state: 'failed', attempt: 1 },
    { i: 3, state: 4, attempt: 1 },
    { i: 3, state: 'a' },
    7,
  ]
  const read = (act: JsonObject) => folded(intent('1.1', act)).acts.get('1.1')?.act
  expect(read({ ...ACT, expect: expectation, class: 'new', reason: 5 })).toEqual({
    ...ACT,
    class: 'costly',
    reason: '',
  })
  expect(read({ ...ACT, class: 'control' })?.class).toBe('control')
  expect(read({ ...ACT, class: 'costly' })?.class).toBe('costly')
})

const proposal = (id: string): JsonObject => ({ event: 'proposal', id, phase: 'proposal', act: ACT, text: `do ${id}?` })

test.each(['approved', 'rejected', 'stale'] as const)('a proposal that is %s keeps its first answer', (verdict) => {
  const fold = folded(
    proposal('2.1'),
    proposal('2.2'),
    { event: 'answer', id: '2.1', verdict, by: 'slack:U1' },
    { event: 'answer', id: '2.1', verdict: 'rejected', by: 'other' },
  )
  expect(fold.proposals.get('2.1')).toEqual({ id: '2.1', act: ACT, text: 'do 2.1?', state: verdict, by: 'slack:U1' })
  expect(openProposals(fold).map(({ id }) => id)).toEqual(['2.2'])
})

test('an answer that is malformed, or that matches no proposal, changes nothing', () => {
  const fold = folded(
    proposal('2.1'),
    { event: 'answer', id: '2.1', verdict: 'maybe' },
    { event: 'answer', id: '9.9', verdict: 'approved' },
  )
  expect(openProposals(fold)).toHaveLength(1)
  expect(fold.proposals.size).toBe(1)
  expect(
    folded(proposal('2.1'), { event: 'answer', id: '2.1', verdict: 'approved' }).proposals.get('2.1')?.by,
  ).toBeNull()
})

test('an answer with an intent immediately becomes an act', () => {
  const fold = folded(proposal('2.1'), {
    event: 'answer',
    id: '2.1',
    verdict: 'approved',
    by: 'a',
    phase: 'intent',
    act: ACT,
  })
  expect(openActs(fold).map(({ id }) => id)).toEqual(['2.1'])
  expect(
    folded({ ...proposal('2.1'), text: 4 }, { ...proposal('2.1'), text: 'other' }).proposals.get('2.1')?.text,
  ).toBe('4')
})

const triage = (key: string, act: JsonObject | null, phase = 'intent', id = key): JsonObject => ({
  event: 'triage',
  key,
  id,
  phase,
  act,
})

test('each triage decision counts once, and restarts and pruned trials are counted', () => {
  const two = {
    ...ACT,
    expect: [
      { i: 1, state: 'failed', attempt: 1 },
      { i: 2, state: 'failed', attempt: 1 },
    ],
  }
  const fold = folded(
    triage('a', ACT),
    triage('a', ACT, 'intent', 'again'),
    triage('b', { ...two, tool: 'bump_mem' }),
    triage('c', { ...ACT, tool: 'bump_time' }),
    triage('d', { ...ACT, tool: 'prune_index' }),
    triage('e', { ...ACT, tool: 'hold_waiting' }),
    triage('f', ACT, 'proposal'),
    triage('g', null, 'report'),
  )
  expect([...fold.made]).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'])
  expect([...fold.retries]).toEqual([
    [1, 3],
    [2, 1],
  ])
  expect(fold.pruned).toBe(1)
  expect([...fold.acts.keys()]).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect([...fold.proposals.keys()]).toEqual(['f'])
  expect(folded({ event: 'triage', id: 'x', phase: 'intent', act: ACT }).acts.size).toBe(0)
})

test('the tick number is the highest one that started, and the posted messages are forgotten when the tick ends', () => {
  const said = ['event', 'msg', 'msg_thread', 'tick_summary', 'post_results_table', 'post_plot', 'log', 'command']
  const lines = said.map((event) => ({ event, text: event }))
  const during = folded({ event: 'tick', tick: 4 }, { event: 'tick', tick: 3 }, ...lines)
  expect(during.tick).toBe(4)
  expect([...during.said]).toEqual(said.slice(0, 6))
  during.take({ event: 'tick', tick: 'x', phase: 'done' })
  expect([during.tick, during.said.size]).toEqual([4, 0])
})

test('processed inbox lines are recorded by number', () => {
  const fold = folded(
    { event: 'command', inbox: 3 },
    { ...proposal('q'), inbox: 5 },
    { event: 'msg', inbox: 6, text: '' },
    { event: 'command', inbox: '7' },
  )
  expect([...fold.commands]).toEqual([3, 5])
})

test("an agent's request needs an id that fits into a button", () => {
  const request = { id: 'a1B2', tool: 'stop_index', args: { index: 1 }, reason: 'r', expect: ACT.expect }
  expect(readActRequest(request)).toEqual(request)
  expect(readActRequest({ ...request, id: 'x'.repeat(24), reason: 5 })).toMatchObject({ reason: '' })
  for (const id of ['', 'x'.repeat(25), 'a.b', 'a-b', 7]) expect(readActRequest({ ...request, id })).toBeUndefined()
  for (const more of [{ tool: 1 }, { args: 'x' }, { expect: 'x' }])
    expect(readActRequest({ ...request, ...more })).toBeUndefined()
  expect(readActRequest(null)).toBeUndefined()
})

test('the delta contains the trials whose state or attempt changed since the last tick', () => {
  const before = stampsOf([
    trialOf(0),
    trialOf(1, { state: 'failed', attempt: 1 }),
    trialOf(2, { state: 'running', attempt: 1 }),
  ])
  expect(before).toEqual({ 0: 'ready 0', 1: 'failed 1', 2: 'running 1' })
  const now = [
    trialOf(0, { state: 'running', attempt: 1 }),
    trialOf(1, { state: 'failed', attempt: 2 }),
    trialOf(2, { state: 'completed', attempt: 1 }),
    trialOf(3, { state: 'pruned', attempt: 1 }),
  ]
  expect(deltaSince(before, now)).toEqual({ started: [0], failed: [1], completed: [2], pruned: [3] })
  expect(deltaSince(stampsOf(now), now)).toEqual({ started: [], failed: [], completed: [], pruned: [] })
  expect(deltaSince(null, now)).toEqual({ started: [], failed: [], completed: [], pruned: [] })
})

test('failures take precedence over completions as a reason to wake, and starts are not a reason', () => {
  const none = { failed: [], completed: [], pruned: [1], started: [2] }
  expect(wakes(none)).toBeNull()
  expect(wakes({ ...none, completed: [3] })).toBe('completion')
  expect(wakes({ ...none, completed: [3], failed: [4] })).toBe('failure')
})
