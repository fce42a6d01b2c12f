import { expect, test } from 'vitest'
import { eventPosts } from '../src/node/events.ts'
import type { TickDelta } from '../src/types.ts'
import { outlookOf, trialOf } from './trials.ts'

const NONE: TickDelta = { started: [], failed: [], completed: [], pruned: [] }
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i)

test('each change in a trial is reported in one post, with the reason and the attempt', () => {
  const trials = [
    trialOf(0, { state: 'running', attempt: 1, reason: 'old' }),
    trialOf(1, { state: 'failed', attempt: 2, reason: 'oom' }),
    trialOf(2, { state: 'failed', attempt: 1 }),
    trialOf(3, { state: 'completed', attempt: 1 }),
    trialOf(4, { state: 'pruned', attempt: 3, reason: 'halving' }),
  ]
  const delta = { started: [0], failed: [1, 2], completed: [3, 99], pruned: [4] }
  const post = (trial: number, text: string) => ({ kind: 'event', trial, text })
  expect(eventPosts(outlookOf(trials), delta, {})).toEqual([
    post(0, 'trial 0 t0 runs'),
    post(1, 'trial 1 t1 failed (oom), attempt 2'),
    post(2, 'trial 2 t2 failed'),
    post(3, 'trial 3 t3 completed'),
    post(4, 'trial 4 t4 was pruned, attempt 3'),
  ])
  expect(eventPosts(outlookOf(trials), delta, null)).toEqual([])
})

test('if more than five trials have the same change, one post names the first forty', () => {
  const outlook = outlookOf(range(50).map((i) => trialOf(i)))
  const posts = (count: number) => eventPosts(outlook, { ...NONE, completed: range(count) }, {})
  expect(posts(5).map(({ trial }) => trial)).toEqual(range(5))
  expect(posts(6)).toEqual([{ kind: 'event', text: '6 trials completed: 0, 1, 2, 3, 4, 5' }])
  expect(posts(50)).toEqual([{ kind: 'event', text: `50 trials completed: ${range(40).join(', ')}` }])
})
