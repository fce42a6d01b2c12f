import { signal } from '@preact/signals'
import { beforeEach, expect, test, vi } from 'vitest'
import { STATES } from '../../src/shared/sweeps/sweep-wire.ts'
import { canWant, requestTrials, setControls, thoseThatCan, trialsText } from '../../src/web/sweeps/request-trials.ts'
import { createSweepData, takeColumns } from '../../src/web/sweeps/sweep-data.ts'
import type { SweepStore } from '../../src/web/sweeps/sweep-store.ts'
import { columnsOf } from './trial-columns.ts'

const server = vi.hoisted(() => ({
  asked: [] as unknown[],
  answer: undefined as unknown,
  author: undefined as unknown,
}))
vi.mock('../../src/web/author/author.ts', () => ({ askAuthor: async () => server.author }))
vi.mock('../../src/web/api.ts', () => ({
  send: async (path: string, body: unknown) => {
    server.asked.push([path, body])
    if (server.answer instanceof Error) throw server.answer
    return server.answer
  },
}))

let looks = 0
const notice = signal<unknown>(null)
// The parts of a store that requests use.
const store = { id: 'a/b', notice, lookNow: () => void looks++ } as unknown as SweepStore

beforeEach(() => {
  server.asked.length = 0
  server.author = { sent: 'ada' }
  notice.value = null
  looks = 0
})

test.each([
  ['stop', ['waiting', 'submitting', 'submitted', 'queued', 'running', 'pruning', 'pausing']],
  ['pause', ['waiting', 'submitting', 'submitted', 'queued', 'running', 'pruning', 'pausing']],
  ['prune', ['waiting', 'submitting', 'submitted', 'queued', 'running', 'pruning', 'pausing', 'paused']],
  ['resume', ['paused', 'cancelled', 'failed']],
  ['set', ['submitting', 'submitted', 'queued', 'running', 'pruning', 'pausing']],
] as const)('%s can be requested for trials that are %j', (want, states) => {
  expect(STATES.filter((state) => canWant(want, state)).sort()).toEqual([...states].sort())
})

test('of the selected trials, those in a suitable state get the request', () => {
  const data = takeColumns(
    createSweepData(),
    columnsOf([
      { i: 4, state: 'running' },
      { i: 7, state: 'paused' },
    ] as never),
  )
  const full = { ...store, data: signal({ data }) } as unknown as SweepStore
  expect(thoseThatCan(full, 'pause', [7, 4, 99])).toEqual([4])
  expect(thoseThatCan(full, 'resume', [7, 4, 99])).toEqual([7])
  expect(thoseThatCan(full, 'prune', [7, 4])).toEqual([7, 4])
})

test('trials are named up to six, and counted beyond', () => {
  expect([[], [3], [3, 4], [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6, 7]].map(trialsText)).toEqual([
    ...['trials ', 'trial 3', 'trials 3, 4', 'trials 1, 2, 3, 4, 5, 6', '7 trials'],
  ])
})

test.each([
  ['stop', [3], null, 'Asked to stop: trial 3.'],
  ['prune', [3, 4], null, 'Asked to stop because they are not worth continuing: trials 3, 4.'],
  ['pause', [3], 'one is busy', 'Asked to save a checkpoint and pause: trial 3. But one is busy.'],
  ['resume', [3], null, 'Will be started again: trial 3.'],
  ['resume', [], null, 'The request does not apply to any of these trials.'],
] as const)('the outcome of a request to %s %j is a notice', async (want, trials, note, text) => {
  server.answer = { trials, note }
  await requestTrials(store, want, [3, 4])
  expect(server.asked).toEqual([['sweeps/a%2Fb/requests', { want, choice: { trials: [3, 4] }, author: 'ada' }]])
  expect(notice.value).toEqual({ text, isBad: note !== null || trials.length === 0 })
  expect(looks).toBe(1)
})

test('a request without an author is not sent, and one that fails is reported with its reason', async () => {
  server.author = undefined
  await requestTrials(store, 'stop', [1])
  await setControls(store, [1], ['lr=1'], '')
  expect([server.asked, notice.value, looks]).toEqual([[], null, 0])
  server.author = { sent: null }
  server.answer = new Error('no driver')
  await requestTrials(store, 'stop', [1])
  expect([notice.value, looks]).toEqual([{ text: 'no driver', isBad: true }, 1])
  notice.value = null
  await setControls(store, [1], ['lr=1'], '')
  expect(notice.value).toEqual({ text: 'no driver', isBad: true })
})

test('a change of controls is sent with its note, if it has one', async () => {
  server.answer = { trials: [] }
  await setControls(store, [1, 2], ['lr=x0.5'], '')
  await setControls(store, [1], ['lr=1'], 'why')
  expect(server.asked).toEqual([
    ['sweeps/a%2Fb/set', { choice: { trials: [1, 2] }, set: ['lr=x0.5'], author: 'ada' }],
    ['sweeps/a%2Fb/set', { choice: { trials: [1] }, set: ['lr=1'], author: 'ada', note: 'why' }],
  ])
})

test('the notice of a change names the trials of each outcome', async () => {
  const trial = (i: number, decision: string | null, text = `lr = ${i}`) => ({ i, decision, text })
  const noticeOf = async (...trials: readonly object[]): Promise<unknown> => {
    server.answer = { trials }
    await setControls(store, [1], ['lr=1'], '')
    return notice.value
  }
  expect(await noticeOf(trial(1, 'applied'))).toEqual({ text: 'Applied in trial 1 (lr = 1).', isBad: false })
  expect(await noticeOf(trial(1, 'applied'), trial(2, 'applied'), trial(3, null))).toEqual({
    ...{ text: 'Applied in trials 1, 2; no answer yet from trial 3.', isBad: false },
  })
  expect(await noticeOf(trial(5, 'failed', 'lr must be above 0'), trial(6, 'rejected'), trial(1, 'applied'))).toEqual({
    ...{ text: 'Applied in trial 1; refused in trials 5, 6: lr must be above 0 (lr = 1).', isBad: true },
  })
  expect(await noticeOf(trial(3, null))).toEqual({ text: 'no answer yet from trial 3.', isBad: false })
})
