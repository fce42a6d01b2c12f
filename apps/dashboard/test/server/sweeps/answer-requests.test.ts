import { basename } from 'node:path'
import { SweepError } from '@hotcb/sweep/node'
import { expect, onTestFinished, test, vi } from 'vitest'
import { attemptIn, curve, writtenWorkspace } from '../../../../../packages/sweep/test/written-workspace.ts'
import { openSweepAnswers, type SweepAnswers } from '../../../src/server/sweeps/answer-requests.ts'
import type { SweepQuestion, SweepQuestions, SweepRequest } from '../../../src/server/sweeps/messages.ts'
import { type OpenSweep, openSweep } from '../../../src/server/sweeps/open-sweep.ts'
import type { TrialColumns } from '../../../src/shared/sweeps/sweep-wire.ts'

const YAML = `name: grid
launcher: ./l.sh
parameters:
  x: {type: int, low: 1, high: 4}
  kind: {type: discrete, values: [a, b]}
objective: {metric: loss, direction: min}
grid: all
`
const TRIALS = [1, 2, 3].map((x) => ({ x, kind: 'a' }))

function answering(open?: (dir: string) => OpenSweep) {
  const answers: SweepAnswers = openSweepAnswers(open)
  onTestFinished(() => answers.close())
  return <Kind extends SweepQuestion>(dir: string, kind: Kind, asked: SweepQuestions[Kind]['asked']) =>
    // TypeScript cannot verify that kind and argument match.
    answers.answer({ id: 7, place: { id: 'g', name: 'g', dir }, kind, asked } as SweepRequest)
}

/** A sweep on a clock that does not move, since a table of trials reads values for a limited time. */
async function written() {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const events = [0, 1].flatMap((i) => attemptIn(i, 'completed'))
  const decide = {
    type: 'decide',
    planner: 'asha',
    key: 'k',
    trial: 1,
    verdict: 'prune',
    evidence: { step: 2 },
  } as const
  const made = await writtenWorkspace(YAML, TRIALS, ...events, decide, { type: 'call', trials: [2] })
  made.result('0/hotcb.metrics.jsonl', curve('loss', 3, 2) + curve('acc', 0.5))
  return made
}

/** Returns an answer as every client receives it. */
const answer = (value: unknown) => ({ id: 7, kind: 'answer', value })

test('every kind of request gets its answer, about the metric of the objective unless another one is named', async () => {
  const { root } = await written()
  const ask = answering()
  expect(await ask(root, 'row', {})).toEqual(answer(expect.objectContaining({ id: 'g', name: 'grid', trials: 3 })))
  expect(await ask(root, 'detail', {})).toEqual(answer(expect.objectContaining({ id: 'g', metrics: ['loss', 'acc'] })))
  expect(await ask(root, 'trials', { metric: null, since: null })).toMatchObject(answer({ value: [2, null, null] }))
  expect(await ask(root, 'trials', { metric: 'acc', since: null })).toMatchObject(answer({ value: [0.5, null, null] }))
  expect(await ask(root, 'trial', { i: 0 })).toMatchObject(answer({ i: 0, output: null, errors: null }))
  const trials = [0]
  expect(await ask(root, 'curves', { metric: null, trials, points: 9 })).toEqual(
    answer({ curves: [{ i: 0, steps: [1, 2], values: [3, 2] }] }),
  )
  expect(await ask(root, 'curves', { metric: 'acc', trials, points: 9 })).toEqual(
    answer({ curves: [{ i: 0, steps: [1], values: [0.5] }] }),
  )
  const choice = { stage: null, trials: null }
  expect(await ask(root, 'importance', { ...choice, metric: null })).toMatchObject(answer({ trials: 1 }))
  expect(await ask(root, 'importance', { ...choice, metric: 'zzz' })).toMatchObject(answer({ trials: 0 }))
  const contour = { ...choice, x: 'x', y: 'kind' }
  expect(await ask(root, 'contour', { ...contour, metric: null })).toMatchObject(
    answer({ points: [{ i: 0, value: 2 }] }),
  )
  expect(await ask(root, 'contour', { ...contour, metric: 'acc' })).toMatchObject(
    answer({ points: [{ i: 0, value: 0.5 }] }),
  )
  expect(await ask(root, 'monitor', {})).toMatchObject(answer({ tick: null, proposals: [], chat: [] }))
})

test('decisions and lineage include what was written after the sweep was opened', async () => {
  const made = await written()
  const ask = answering()
  expect(await ask(made.root, 'decisions', { after: 0 })).toMatchObject(answer({ count: 1, trial: [1], step: [2] }))
  expect(await ask(made.root, 'decisions', { after: 1 })).toMatchObject(answer({ count: 1, trial: [] }))
  const evidence = { tag: 'p', seq: 7, as: 'f', cid: 'c', from: 0, set: {}, step: 20, donor_step: 18, params: {} }
  await made.write({ type: 'decide', planner: 'pbt', verdict: 'exploit', key: 'e', trial: 2, evidence })
  expect(await answering()(made.root, 'lineage', {})).toEqual(
    answer({ steps: [{ trial: 2, step: 20, from: 0, donor_step: 18, params: {}, outcome: null }] }),
  )
})

test('a request about trials shows in the next answer', async () => {
  const { root } = await written()
  const ask = answering()
  expect(await ask(root, 'trial', { i: 2 })).toMatchObject(answer({ state: 'waiting', why: null }))
  const stop = { want: 'stop', choice: { trials: [2] }, why: 'no need', by: 'dashboard:ada', driver: null } as const
  expect(await ask(root, 'request', stop)).toEqual(
    answer({ trials: [2], note: 'no driver is running: start one with `herd drive`' }),
  )
  expect(await ask(root, 'trial', { i: 2 })).toMatchObject(answer({ state: 'cancelled', why: 'no need' }))
})

test('a request that cannot be answered is a failure with its kind and one line', async () => {
  const { root } = await written()
  const ask = answering()
  const failure = (code: string, message: string) => ({ id: 7, kind: 'failure', code, message })
  expect(await ask(root, 'trial', { i: 9 })).toEqual(failure('not_found', 'trial 9 does not exist'))
  const contour = { metric: null, stage: null, trials: null, x: 'x', y: 'z' }
  expect(await ask(root, 'contour', contour)).toEqual(
    failure('refused', 'there is no parameter `z`; choose from x, kind'),
  )
  const set = { choice: { all: true }, pairs: ['lr=1'], note: null, author: null } as const
  expect(await ask(root, 'set', set)).toEqual(failure('refused', 'no trial is running; use `herd status` to see their states')) // biome-ignore format: one line
  const answered = { id: '9.9', verdict: 'approved', by: 'ada' } as const
  expect(await ask(root, 'answer', answered)).toMatchObject({ kind: 'failure', code: 'refused' })
  const failing = async (error: Error) => {
    const open = (): OpenSweep => {
      throw error
    }
    return answering(open)(root, 'detail', {})
  }
  expect(await failing(new SweepError('claimed', ['a', 'b']))).toEqual(failure('unanswered', 'a; b'))
  expect(await failing(new SweepError('unanswered', 'a'))).toEqual(failure('unanswered', 'a'))
  expect(await failing(new SweepError('full', 'a'))).toEqual(failure('refused', 'a'))
  expect(await failing(new Error('a fault'))).toEqual(failure('internal', 'a fault'))
})

test('the eight sweeps that were requested last stay open', async () => {
  const { root } = await written()
  const log: string[] = []
  const one = openSweep(root)
  onTestFinished(() => one.close())
  const ask = answering((dir) => {
    log.push(`open ${basename(dir)}`)
    return { ...one, close: () => log.push(`close ${basename(dir)}`) }
  })
  for (const name of ['0', '1', '2', '3', '4', '5', '6', '7', '0', '8', '0', '1']) await ask(`/${name}`, 'monitor', {})
  expect(log).toEqual([...'01234567'].map((name) => `open ${name}`).concat('open 8', 'close 1', 'open 1', 'close 2'))
})

test('the tables of the four metrics that were requested last are kept, so that later answers have only the changes', async () => {
  const { root } = await written()
  const ask = answering()
  const table = async (metric: string, since: string | null) => {
    const reply = await ask(root, 'trials', { metric, since })
    // A reply about trials has columns.
    return (reply as { readonly value: TrialColumns }).value
  }
  const { version } = await table('loss', null)
  for (const metric of ['a', 'b', 'c']) await table(metric, null)
  expect(await table('loss', version)).toMatchObject({ whole: false, index: [] })
  for (const metric of ['d', 'e', 'f']) await table(metric, null)
  expect(await table('loss', version)).toMatchObject({ whole: false, index: [] })
  for (const metric of ['a', 'b', 'c', 'd']) await table(metric, null)
  expect(await table('loss', version)).toMatchObject({ whole: true, index: [0, 1, 2] })
})
