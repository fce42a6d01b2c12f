import type { AutopilotLine, LedgerLine } from '@hotcb/protocol'
import { readAutopilotLine, readCommand, readLedgerLine } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createAutopilotHistoryFold, foldAutopilotHistory } from '../src/index.ts'

function line(id: string, kind: string, more: object = {}): AutopilotLine {
  const read = readAutopilotLine({ action_id: id, ts: 1, kind, ...more })
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

function decided(seq: number, cid: string | null, more: object = {}): LedgerLine {
  const read = readLedgerLine({
    seq,
    module: 'opt',
    op: 'set_params',
    decision: 'applied',
    source: 'cli',
    cid,
    ...more,
  })
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

const BEGIN = { n: 1, data: { token: 'a', host: 'h', pid: 1, start: null, engine: 'autopilot' } }
const COMMAND = { cid: 'ap-a1-1', module: 'opt', op: 'set_params', params: { lr: 1 }, expires: { step: 9, ts: 100 } }
const PROPOSED = { n: 1, command: COMMAND, cid: 'ap-a1-1', data: { auto: false } }

function states(
  lines: readonly AutopilotLine[],
  ledger: readonly LedgerLine[],
  at?: { step: number; now: number },
): unknown {
  return foldAutopilotHistory(lines, ledger, at).actions.map(({ id, state, by, error }) => [id, state, by, error])
}

test('lines that a superseded autopilot wrote too late are left out', () => {
  const later = { ...BEGIN, n: 2, data: { ...BEGIN.data, token: 'b' } }
  const lines = [line('a1-0', 'begin', BEGIN), line('a2-0', 'begin', later), line('a1-1', 'proposed', PROPOSED)]
  expect([states(lines, []), foldAutopilotHistory(lines, []).n]).toEqual([[], 2])
})

test('the first ledger line contains the decision, whatever follows it', () => {
  const lines = [line('a1-1', 'proposed', PROPOSED)]
  const again = decided(8, 'ap-a1-1', { decision: 'skipped_noop', author: 'bob' })
  const cancel = { op: 'cancel', module: 'core', params: { cid: 'ap-a1-1', reason: 'no' }, author: 'eve' }
  expect(states(lines, [decided(7, 'ap-a1-1', { author: 'ann' }), again])).toEqual([['a1-1', 'applied', 'ann', null]])
  expect(states(lines, [decided(7, 'c', cancel), again])).toEqual([['a1-1', 'dismissed', 'eve', 'no']])
  const refused = decided(8, 'c', { ...cancel, decision: 'failed' })
  expect(states(lines, [decided(7, 'ap-a1-1', { author: 'ann' }), refused])).toEqual([['a1-1', 'applied', 'ann', null]])
})

test.each(['autopilot', 'ai'])(
  'an action that the autopilot carried out alone has no approver (source %s)',
  (source) => {
    const lines = [line('a1-1', 'proposed', { ...PROPOSED, data: { auto: true } })]
    const sent = readCommand({ ...COMMAND, source })
    if (!sent.ok) throw new Error(sent.reason)
    const by = (ledger: readonly LedgerLine[]): unknown =>
      foldAutopilotHistory(lines, ledger, undefined, [sent.value]).actions[0]?.by
    expect([by([]), by([decided(7, 'ap-a1-1', { source })])]).toEqual([null, null])
  },
)

test('only an open proposal lapses, after its step or its time', () => {
  const lines = [line('a1-1', 'proposed', PROPOSED)]
  const at = (step: number, now: number): unknown => states(lines, [], { step, now })
  expect([at(9, 100), at(10, 100), at(9, 101)]).toEqual([
    [['a1-1', 'open', null, null]],
    [['a1-1', 'lapsed', null, null]],
    [['a1-1', 'lapsed', null, null]],
  ])
  expect(states(lines, [decided(7, 'ap-a1-1')], { step: 50, now: 500 })).toEqual([['a1-1', 'applied', 'cli', null]])
})

test('the state of an action with several commands is that of its newest command', () => {
  const first = line('a1-1', 'proposed', { ...PROPOSED, data: { auto: true } })
  const second = { ...COMMAND, cid: 'ap-a1-1.2' }
  const lines = [first, line('a1-1', 'queued', { n: 1, cid: 'ap-a1-1' })]
  const went = [
    ...lines,
    line('a1-1', 'queued', { n: 1, command: second, cid: 'ap-a1-1.2', data: { procedure: { rung: 2 } } }),
  ]
  expect(states(lines, [decided(3, 'ap-a1-1', { source: 'autopilot' })])).toEqual([['a1-1', 'applied', null, null]])
  expect(states(went, [decided(3, 'ap-a1-1', { source: 'autopilot' })])).toEqual([['a1-1', 'queued', null, null]])
  // The original request is still shown.
  const shown = { command: COMMAND, next: second, cid: 'ap-a1-1.2', procedure: { rung: 2 } }
  expect(foldAutopilotHistory(went, []).actions[0]).toMatchObject(shown)
})

test("if the ledger was lost, the decision on an action comes from the autopilot's log", () => {
  const lines = [
    line('a1-1', 'proposed', PROPOSED),
    line('a1-1', 'approved', { n: 1, cid: 'ap-a1-1', by: 'ann', decision: 'failed', seq: 7 }),
    line('a1-1', 'decided', { n: 1, cid: 'ap-a1-1', decision: 'failed', seq: 7, reason: 'expected lr' }),
  ]
  expect(states(lines, [])).toEqual([['a1-1', 'failed', 'ann', 'expected lr']])
})

test('the history is the same in however many batches its lines arrive', () => {
  const lines = [line('a1-0', 'begin', BEGIN)]
  const ledger: LedgerLine[] = []
  for (let i = 1; i <= 30; i++) {
    const [id, cid] = [`a1-${i}`, `ap-a1-${i}`]
    lines.push(
      line(id, i % 5 === 0 ? 'alert' : 'proposed', {
        n: 1,
        command: { ...COMMAND, cid },
        cid,
        data: { auto: i % 2 === 0 },
      }),
    )
    if (i % 3 === 0) ledger.push(decided(i, cid, { decision: i % 2 === 0 ? 'applied' : 'failed', author: 'ann' }))
    if (i % 7 === 0) lines.push(line(id, 'outcome', { n: 1, data: { verdict: 'worse' }, reason: 'because' }))
  }
  const whole = foldAutopilotHistory(lines, ledger, { step: 3, now: 5 })
  for (const cut of [0, 1, 17, lines.length]) {
    const fold = createAutopilotHistoryFold()
    for (const one of lines.slice(0, cut)) fold.line(one)
    fold.story()
    for (const one of ledger) fold.ledger(one)
    for (const one of lines.slice(cut)) fold.line(one)
    expect(fold.story({ step: 3, now: 5 })).toEqual(whole)
  }
})
