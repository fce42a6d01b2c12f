import { afterEach, expect, test, vi } from 'vitest'
import { waitFor } from '../src/node/rank-port.ts'

let now = 1000

/** Starts to wait on rank 2 for rank 0; returns what the wait reports after each of these pauses, in milliseconds. */
function wait(options: Parameters<typeof waitFor>[2], ...pauses: readonly number[]): readonly (string | null)[] {
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  const waiting = waitFor(0, 2, options)
  return pauses.map((ms) => {
    now += ms
    return waiting.failure()
  })
}

afterEach(() => {
  vi.restoreAllMocks()
})

test('a wait fails when its time has passed, and not before', () => {
  const failed = 'rank 2 waited 0.3 s for rank 0'
  expect(wait({ timeoutMs: 300 }, 100, 199, 1, 0)).toEqual([null, null, failed, failed])
})

test('its default time is 30 seconds', () => {
  const polls = Array.from({ length: 301 }, () => 100)
  const told = wait({}, ...polls)
  expect(told.slice(0, 299)).toEqual(polls.slice(0, 299).map(() => null))
  expect(told[299]).toBe('rank 2 waited 30 s for rank 0')
})

test('only 200 ms of a long gap between two polls count, because the process was stopped', () => {
  const failed = 'rank 2 waited 0.5 s for rank 0'
  expect(wait({ timeoutMs: 500 }, 60_000, 60_000, 99, 1)).toEqual([null, null, null, failed])
})

test('the other rank is checked every 50 ms, and the reason why it has exited ends the wait', () => {
  const asked: number[] = []
  const gone = (rank: number): string | null => {
    asked.push(rank)
    return asked.length === 3 ? `rank ${rank} was killed` : null
  }
  expect(wait({ gone }, 49, 1, 49, 1, 10, 40)).toEqual([null, null, null, null, null, 'rank 0 was killed'])
  expect(asked).toEqual([0, 0, 0])
})

test('a wait whose time has passed no longer queries the other rank', () => {
  const gone = vi.fn(() => null)
  expect(wait({ gone, timeoutMs: 100 }, 100)).toEqual(['rank 2 waited 0.1 s for rank 0'])
  expect(gone).not.toHaveBeenCalled()
})
