import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RateLimit } from '../../src/server/rate.ts'

let nowMs = 0
beforeEach(() => {
  nowMs = 1000
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
})
afterEach(() => void vi.restoreAllMocks())

/** How many calls of this cost are allowed now, at most 20. */
function allowed(limit: RateLimit, key: string, cost?: number): number {
  let count = 0
  while (count < 20 && limit.take(key, cost)) count++
  return count
}

test('a burst is allowed, and then a number of calls per second, for each key separately', () => {
  const limit = new RateLimit(2, 5)
  expect([allowed(limit, 'a'), allowed(limit, 'b')]).toEqual([5, 5])
  nowMs += 499
  expect(allowed(limit, 'a')).toBe(0)
  nowMs += 1
  expect(allowed(limit, 'a')).toBe(1)
  nowMs += 1500
  expect(allowed(limit, 'a')).toBe(3)
  nowMs += 60_000
  expect([allowed(limit, 'a'), allowed(limit, 'b')]).toEqual([5, 5])
})

test('a call that costs more takes more, and a refused call takes nothing', () => {
  const limit = new RateLimit(1, 10)
  expect(allowed(limit, 'a', 4)).toBe(2)
  expect([limit.take('a', 3), limit.take('a', 2), limit.take('a')]).toEqual([false, true, false])
})

test('only the last ten thousand keys are remembered', () => {
  const limit = new RateLimit(1, 1)
  for (const key of ['old', 'kept']) limit.take(key)
  for (let i = 0; i < 9998; i++) limit.take(`k${i}`)
  expect([limit.take('old'), limit.take('one more')]).toEqual([false, true])
  // `old` was used a moment ago, so `kept` was forgotten.
  expect([limit.take('old'), limit.take('kept')]).toEqual([false, true])
})
