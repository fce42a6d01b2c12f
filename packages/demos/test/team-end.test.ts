import { expect, test } from 'vitest'
import { describeRanks, isDivided } from '../src/ranks/team-end.ts'

const lost = { lost: 'rank 2 was killed (SIGKILL)' }

test('ranks that end with the same weights are described in one line, after one line per lost rank', () => {
  const end = { ranks: [{ weights: 'aa' }, { weights: 'aa' }] }
  expect([isDivided(end), describeRanks(end)]).toEqual([false, '2 ranks, same weights: aa\n'])
  const three = { ranks: [...end.ranks, lost] }
  expect([isDivided(three), describeRanks(three)]).toEqual([
    false,
    'Lost during training: rank 2 was killed (SIGKILL)\n2 of 3 ranks, same weights: aa\n',
  ])
})

test('ranks that end with different weights are listed one by one', () => {
  const end = { ranks: [{ weights: 'aa' }, { weights: 'bb' }, lost] }
  expect([isDivided(end), describeRanks(end)]).toEqual([
    true,
    'Lost during training: rank 2 was killed (SIGKILL)\n2 of 3 ranks, with different weights:\n  rank 0: aa\n  rank 1: bb\n',
  ])
})

test('a single remaining rank is not compared', () => {
  const end = { ranks: [{ weights: 'aa' }, { lost: 'rank 1 has not answered for 10 s' }] }
  expect([isDivided(end), describeRanks(end)]).toEqual([
    false,
    'Lost during training: rank 1 has not answered for 10 s\n1 of 2 ranks at the end\n',
  ])
})
