import { expect, test } from 'vitest'
import { createSaveStopwatch } from '../src/save-stopwatch.ts'
import { ledgerLine } from './support.ts'

test('the duration of a save is the time from the request for the state to its line in the ledger', () => {
  let now = 0
  const stopwatch = createSaveStopwatch(() => now)
  const saved = ledgerLine({ module: 'core', op: 'checkpoint', source: 'autopilot', params: { action: 'save' } })
  const timed = (ms: number, line = saved): unknown => {
    stopwatch.begin()
    now += ms
    stopwatch.take(line)
    return stopwatch.read()
  }
  expect([stopwatch.read(), timed(30), stopwatch.read()]).toEqual([null, 30, null])
  for (const more of [
    { module: 'opt' },
    { op: 'pause' },
    { source: 'cli' },
    { params: { action: 'load' } },
    { params: null },
  ])
    expect(timed(10, { ...saved, ...more } as never), JSON.stringify(more)).toBeNull()
  // If there are two saves before a reading, the longer one counts. A line without a request does not count.
  for (const ms of [50, 20]) {
    stopwatch.begin()
    now += ms
    stopwatch.take(saved)
    stopwatch.take(saved)
  }
  expect(stopwatch.read()).toBe(50)
  const none = createSaveStopwatch(undefined)
  none.begin()
  none.take(saved)
  expect(none.read()).toBeNull()
})
