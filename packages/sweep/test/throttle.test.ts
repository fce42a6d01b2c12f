import { expect, test } from 'vitest'
import { type OpenArray, sharesOf } from '../src/node/throttle.ts'

function array(sid: string, at: number, tasks: number): OpenArray {
  return { sid, job: sid, at, tasks, limit: 1 }
}

function shares(arrays: readonly OpenArray[], most: number): Record<string, number> {
  return Object.fromEntries(sharesOf(arrays, most).map(({ array: { sid }, share }) => [sid, share]))
}

test('an array that was submitted later never takes the place of a running task in an earlier one', () => {
  // The trials of the later array have lower numbers, so that array comes first.
  expect(shares([array('later', 20, 2), array('earlier', 10, 1)], 2)).toEqual({ earlier: 1, later: 1 })
  expect(shares([array('later', 20, 9), array('earlier', 10, 3)], 4)).toEqual({ earlier: 3, later: 1 })
})

test('the share that an array no longer needs passes to the next one', () => {
  expect(shares([array('a', 1, 1), array('b', 2, 5), array('c', 3, 5)], 6)).toEqual({ a: 1, b: 4, c: 1 })
})

test('shares add up to at most the limit unless there are more arrays than that, because a limit of 0 would mean no limit', () => {
  for (let most = 1; most <= 6; most++) {
    for (const tasks of [[1], [4, 1], [2, 3, 5], [9, 9, 9, 9]]) {
      const arrays = tasks.map((count, at) => array(`a${at}`, at, count))
      const sum = sharesOf(arrays, most).reduce((all, { share }) => all + share, 0)
      expect(sum).toBeLessThanOrEqual(Math.max(most, arrays.length))
      expect(sharesOf(arrays, most).every(({ share }) => share >= 1)).toBe(true)
    }
  }
})
