import { expect, test } from 'vitest'
import { formatJournalLine, type JournalLine, readJournalLine, type SweepEvent } from '../src/journal/event.ts'
import { createFold } from '../src/journal/fold.ts'
import { trialState } from '../src/journal/trial-state.ts'

const EVENTS: readonly SweepEvent[] = [
  { type: 'open', host: 'h', pid: 1, start: null, token: 't', command: 'run', after: [0, 0] },
  { type: 'config', sha256: 'a', text: 'name: t' },
  { type: 'plan', trials: [0, 1].map((i) => ({ i, hash: 'h', params: { x: i }, extras: {}, name: `x-${i}` })) },
  { type: 'call', trials: [0, 1] },
  { type: 'intent', sid: 's', executor: 'local', attempts: [[0, 1]] },
  { type: 'sent', sid: 's', job: '7' },
  { type: 'intent', sid: 'u', executor: 'local', attempts: [[1, 1]] },
  { type: 'unsent', sid: 'u', proof: 'refused' },
  { type: 'seen', rows: [[0, 1, 0, 'running', { begun: 1 }]] },
  { type: 'decide', planner: 'sync', key: 'sh/m/1/0', trial: 0, verdict: 'promote', evidence: {} },
  { type: 'wish', trials: [0], want: 'pause', why: 'later' },
  { type: 'told', i: 0, n: 1, what: 'signal' },
  { type: 'seen', rows: [[0, 1, 0, 'completed', { code: 0 }]] },
  { type: 'exported', sha256: 'b' },
]
const LINES = EVENTS.map((event, k): JournalLine => ({ n: 42, k, ts: k + 0.5, by: 'driver', event }))

test('every kind of line is read back exactly as it was written', () => {
  expect(LINES.map((line) => readJournalLine(formatJournalLine(line)))).toEqual(LINES)
})

test('for any prefix of the journal, the state read from its text equals the state after applying its events', () => {
  for (let count = 0; count <= LINES.length; count++) {
    const [applied, read] = [createFold(), createFold()]
    for (const line of LINES.slice(0, count)) {
      applied.apply(line)
      const again = readJournalLine(formatJournalLine(line))
      if (again !== null) read.apply(again)
    }
    expect([...read.trials.values()]).toEqual([...applied.trials.values()])
    expect([...read.trials.values()].map(trialState)).toEqual([...applied.trials.values()].map(trialState))
  }
})

test('a trial that was asked to pause and exited with 0 is paused for every later reader of the journal', () => {
  const fold = createFold()
  for (const line of LINES) {
    const again = readJournalLine(formatJournalLine(line))
    if (again !== null) fold.apply(again)
  }
  expect([...fold.trials.values()].map(trialState)).toEqual(['paused', 'waiting'])
})
