import { expect, test } from 'vitest'
import type { SweepEvent } from '../src/journal/event.ts'
import { createFold } from '../src/journal/fold.ts'
import { sweepProgress } from '../src/status/progress.ts'

const trial = (i: number) => ({ i, hash: String(i), params: { x: i }, extras: {}, name: `x-${i}` })
const started = (i: number): SweepEvent => ({ type: 'intent', sid: `s${i}`, executor: 'local', attempts: [[i, 1]] })

/** Six trials: two took 100 s each, two have been running for 40 s and 130 s, one is waiting, one was never requested. */
function records() {
  const fold = createFold()
  const events: readonly SweepEvent[] = [
    { type: 'plan', trials: [0, 1, 2, 3, 4, 5].map(trial) },
    { type: 'call', trials: [0, 1, 2, 3, 4] },
    ...[0, 1, 2, 3].map(started),
    { type: 'seen', rows: [0, 1].map((i) => [i, 1, 0, 'completed', { begun: 1000, ended: 1100, code: 0 }] as const) },
    { type: 'seen', rows: [[2, 1, 0, 'running', { begun: 1160 }]] },
    { type: 'seen', rows: [[3, 1, 0, 'running', { begun: 1070 }]] },
  ]
  for (const [k, event] of events.entries()) fold.apply({ n: 0, k, ts: 1000, by: '', event })
  return [...fold.trials.values()]
}

test('the remaining time follows from the finished trials, and is divided by the number of running trials', () => {
  // 60 s for the first, 0 s for the second, which is overdue, and 100 s for the waiting one, in two places.
  expect(sweepProgress(records(), 0, 1200)).toEqual({ over: 2, called: 5, leftSeconds: 80 })
})

test('trials that a search has yet to propose count', () => {
  expect(sweepProgress(records(), 8, 1200)).toEqual({ over: 2, called: 8, leftSeconds: 230 })
})

test('there is no estimate before the first trial has ended, and 0 s are left once all have ended', () => {
  expect(sweepProgress(records().slice(2), 0, 1200).leftSeconds).toBeNull()
  expect(sweepProgress(records().slice(0, 2), 0, 1200)).toEqual({ over: 2, called: 2, leftSeconds: 0 })
})
