import { expect, test } from 'vitest'
import { answer, type Chunk, type Executor, type Limits, unanswered } from '../src/executor/executor.ts'
import type { SweepEvent } from '../src/journal/event.ts'
import { recoverSubmissions, type Submitted, submitWaiting } from '../src/node/submit.ts'
import { configInForce, underClaim } from '../src/node/workspace.ts'
import { attemptIn, writtenWorkspace } from './written-workspace.ts'

// Which attempts are submitted together, with an executor provided by the test.

const YAML = `name: t
launcher: ./l.sh
grid: all
slurm: {partition: p, mem: 4G}
parameters:
  x: {type: discrete, values: [0, 1, 2, 3, 4]}
`
const LIMITS: Limits = { places: null, chunk: 10, maxTask: 1000, signSeconds: 100 }
const call = (...trials: number[]): SweepEvent => ({ type: 'call', trials })

type Answers = Partial<Pick<Executor, 'limits' | 'submit' | 'find'>> & { readonly needsDriver?: boolean }

async function setUp(yaml: string, events: readonly SweepEvent[], answers: Answers) {
  const { workspace } = await writtenWorkspace(
    yaml,
    [0, 1, 2, 3, 4].map((x) => ({ x })),
    ...events,
  )
  const chunks: Chunk[] = []
  const executor = {
    name: 'slurm',
    needsDriver: false,
    limits: async () => answer(LIMITS),
    ...answers,
    submit: async (chunk) => {
      chunks.push(chunk)
      return (
        answers.submit?.(chunk) ?? answer({ kind: 'sent', job: `job${chunks.length}`, script: `s${chunks.length}` })
      )
    },
  } as Executor // Only these members are used.
  const before = workspace.journal.lines().length
  const inClaim = <Value>(act: (submission: Parameters<typeof submitWaiting>[0]) => Promise<Value>): Promise<Value> =>
    underClaim(workspace, 'test', (writer) =>
      act({ workspace, config: configInForce(workspace), executor, writer, by: 'ann' }),
    )
  return {
    workspace,
    submit: (): Promise<Submitted> => inClaim(submitWaiting),
    recover: (seconds = 0): Promise<void> =>
      inClaim((submission) => {
        const clock = { ...workspace.clock, now: () => workspace.clock.now() + seconds }
        return recoverSubmissions({ ...submission, workspace: { ...workspace, clock } })
      }),
    /** The tasks of each submission, as `trial-attempt/task`. */
    tasks: () => chunks.map(({ attempts }) => attempts.map(({ i, n, task }) => `${i}-${n}/${task}`)),
    chunks,
    events: () =>
      workspace.journal
        .lines()
        .slice(before)
        .map(({ event, by }) => [by, event] as const)
        .filter(([, { type }]) => type === 'intent' || type === 'sent' || type === 'unsent'),
  }
}

const NONE: Submitted = { jobs: [], scripts: [], trials: [], refused: null, unanswered: null }

test('all waiting trials are submitted together, with an intent before the submission and the answer after it', async () => {
  const { submit, chunks, tasks, events, workspace } = await setUp(YAML, [call(0, 2, 3)], {})
  expect(await submit()).toEqual({ ...NONE, jobs: ['job1'], scripts: ['s1'], trials: [0, 2, 3] })
  expect(tasks()).toEqual([['0-1/0', '2-1/2', '3-1/3']])
  const [chunk] = chunks
  expect([chunk?.throttle, chunk?.after, chunk?.slurm?.mem]).toEqual([null, [], '4G'])
  expect(chunk?.sid).toMatch(/^[0-9a-f]{12}$/)
  expect(chunk?.attempts.map(({ place, env }) => [place, env['HYPERHERD_TRIAL_ID'], env['HYPERHERD_ATTEMPT'], env['HYPERHERD_GPUS'], env['HYPERHERD_NEEDS']])).toEqual([0, 2, 3].map((i) => [{ gpus: '' }, String(i), '1', '', undefined])) // biome-ignore format: short
  expect(events()).toEqual([
    ['ann', { type: 'intent', sid: chunk?.sid, executor: 'slurm', attempts: [[0, 1], [2, 1], [3, 1]] }], // biome-ignore format: pairs
    ['ann', { type: 'sent', sid: chunk?.sid, job: 'job1' }],
  ])
  expect(workspace.journal.fold.open.size).toBe(0)
})

test('nothing is submitted if no trial is waiting, and the executor is not called', async () => {
  const limits = () => Promise.reject(new Error('asked'))
  const { submit } = await setUp(YAML, [...attemptIn(0, 'completed'), call(1), { type: 'drop', trials: [1] }], {
    limits,
  })
  expect(await submit()).toEqual(NONE)
})

test('trials that were started before come first', async () => {
  const { submit, tasks } = await setUp(YAML, [...attemptIn(3, 'failed'), call(0, 3)], {
    limits: async () => answer({ ...LIMITS, room: 1 }),
  })
  expect((await submit()).trials).toEqual([3])
  expect(tasks()).toEqual([['3-2/3']])
})

test("a submission has at most the executor's chunk size, and trials with a high index are numbered from 0", async () => {
  const { submit, tasks, events } = await setUp(YAML, [call(0, 1, 2, 3, 4)], {
    limits: async () => answer({ ...LIMITS, chunk: 2, maxTask: 1 }),
  })
  expect((await submit()).jobs).toEqual(['job1', 'job2', 'job3'])
  expect(tasks()).toEqual([['0-1/0', '1-1/1'], ['2-1/0', '3-1/1'], ['4-1/0']])
  const intents = events().flatMap(([, event]) => (event.type === 'intent' ? [event] : []))
  expect(intents.map((one) => one.tasks)).toEqual([undefined, [0, 1], [0]])
  expect(intents.every((one) => !('gpus' in one) && !('throttle' in one))).toBe(true)
})

test("each place on a machine gets one trial, with the place's GPUs", async () => {
  const { submit, chunks, events } = await setUp(YAML, [call(1, 2, 3)], {
    needsDriver: true,
    limits: async () => answer({ ...LIMITS, places: [{ gpus: '0' }, { gpus: '1,2' }] }),
  })
  expect((await submit()).trials).toEqual([1, 2])
  expect(chunks.map(({ attempts, slurm }) => [attempts[0]?.place, attempts[0]?.env['CUDA_VISIBLE_DEVICES'], slurm])).toEqual([[{ gpus: '0' }, '0', null], [{ gpus: '1,2' }, '1,2', null]]) // biome-ignore format: short
  const gpus = events().flatMap(([, event]) => (event.type === 'intent' ? [event.gpus] : []))
  expect(gpus).toEqual([['0'], ['1,2']])
})

test('a surplus place gets no trial', async () => {
  const { submit, chunks } = await setUp(YAML, [call(1)], {
    needsDriver: true,
    limits: async () => answer({ ...LIMITS, places: [{ gpus: '' }, { gpus: '' }] }),
  })
  expect((await submit()).trials).toEqual([1])
  expect(chunks).toHaveLength(1)
})

test('trials with different resources are submitted separately', async () => {
  const conditions = 'conditions:\n  - {when: {x: {ge: 3}}, slurm: {mem: 9G}}\n'
  const { submit, tasks, chunks } = await setUp(YAML + conditions, [call(0, 3, 1, 4)], {})
  await submit()
  expect(tasks()).toEqual([
    ['0-1/0', '1-1/1'],
    ['3-1/3', '4-1/4'],
  ])
  expect(chunks.map(({ slurm }) => slurm?.mem)).toEqual(['4G', '9G'])
})

test('`max_concurrent` is shared with running trials, and the rest wait', async () => {
  const limited = YAML.replace('mem: 4G', 'max_concurrent: 3')
  const running: SweepEvent[] = [
    { type: 'intent', sid: 'a', executor: 'slurm', attempts: [[0, 1], [1, 1]], throttle: 2 }, // biome-ignore format: pairs
    { type: 'sent', sid: 'a', job: '5' },
  ]
  const one = await setUp(limited, [...running, call(2, 3)], {})
  expect((await one.submit()).trials).toEqual([2, 3])
  expect(one.chunks.map(({ throttle }) => throttle)).toEqual([1])
  expect(one.events()[0]?.[1]).toMatchObject({ throttle: 1 })
  const full = await setUp(limited.replace('max_concurrent: 3', 'max_concurrent: 2'), [...running, call(2, 3)], {})
  expect(await full.submit()).toEqual(NONE)
  expect(full.chunks).toEqual([])
})

test('after a refusal nothing else is submitted, and the trials wait', async () => {
  const { submit, events, chunks, workspace } = await setUp(YAML, [call(0, 1, 2)], {
    limits: async () => answer({ ...LIMITS, chunk: 1 }),
    submit: async ({ attempts }) =>
      attempts[0]?.i === 1 ? answer({ kind: 'refused', why: 'no' }) : answer({ kind: 'sent', job: '9' }),
  })
  expect(await submit()).toEqual({ ...NONE, jobs: ['9'], trials: [0], refused: 'no' })
  expect(chunks).toHaveLength(2)
  expect(events().at(-1)).toEqual(['ann', { type: 'unsent', sid: chunks[1]?.sid, proof: 'refused' }])
  expect(workspace.journal.fold.trials.get(1)).toMatchObject({ isCalled: true, attempts: [] })
})

test('a full queue is offered half of the trials at a time, down to a single one', async () => {
  const most = (count: number): Answers => ({
    submit: async ({ attempts }) =>
      attempts.length > count
        ? answer({ kind: 'refused', why: 'full', isFull: true })
        : answer({ kind: 'sent', job: '9' }),
  })
  const two = await setUp(YAML, [call(0, 1, 2, 3, 4)], most(2))
  expect(await two.submit()).toEqual({ ...NONE, jobs: ['9'], trials: [0, 1] })
  expect(two.tasks().map((tasks) => tasks.length)).toEqual([5, 2])
  const none = await setUp(YAML, [call(0, 1, 2, 3, 4)], most(0))
  expect(await none.submit()).toEqual({ ...NONE, refused: 'full' })
  expect(none.tasks().map((tasks) => tasks.length)).toEqual([5, 2, 1])
})

test('a missing answer leaves the submission open, and nothing else is submitted', async () => {
  const silent = await setUp(YAML, [call(0, 1)], { limits: async () => unanswered('no limits') })
  expect(await silent.submit()).toEqual({ ...NONE, unanswered: 'no limits' })
  const { submit, events, workspace } = await setUp(YAML, [call(0, 1)], {
    limits: async () => answer({ ...LIMITS, chunk: 1 }),
    submit: async () => unanswered('timed out'),
  })
  expect(await submit()).toEqual({ ...NONE, unanswered: 'timed out' })
  expect(events().map(([, { type }]) => type)).toEqual(['intent'])
  expect(workspace.journal.fold.open.size).toBe(1)
})

test('a submission whose answer was lost is found to be sent, absent, or still unknown', async () => {
  const lost = (sid: string, i: number): SweepEvent => ({ type: 'intent', sid, executor: 'slurm', attempts: [[i, 1]] })
  const asked: unknown[] = []
  const { recover, events, workspace } = await setUp(YAML, [call(0, 1, 2), lost('a', 0), lost('b', 1), lost('c', 2)], {
    find: async (submissions) => {
      asked.push(submissions.map(({ sid, attempts }) => [sid, attempts]))
      return answer(new Map([['a', { kind: 'sent', job: '5' }], ['b', { kind: 'absent' }]] as const)) // biome-ignore format: pairs
    },
  })
  await recover()
  expect(asked).toEqual([[['a', [[0, 1]]], ['b', [[1, 1]]], ['c', [[2, 1]]]]]) // biome-ignore format: pairs
  expect(events()).toEqual([
    ['ann', { type: 'sent', sid: 'a', job: '5' }],
    ['ann', { type: 'unsent', sid: 'b', proof: 'absent' }],
  ])
  expect([...workspace.journal.fold.open]).toHaveLength(1)
})

test("a submission without a sign of life is searched for after the executor's time limit, unless it was found", async () => {
  const sent = attemptIn(0, 'queued').slice(0, 2).map((event) => (event.type === 'intent' ? { ...event, executor: 'slurm' } : event)) // biome-ignore format: short
  let looked = 0
  const { recover, events } = await setUp(YAML, sent, {
    find: async () => {
      looked++
      return looked === 1 ? unanswered('no') : answer(new Map([['s0-1', { kind: 'sent', job: '70' }]] as const))
    },
  })
  await recover(50)
  expect(looked).toBe(0)
  await recover(110)
  await recover(110)
  expect([looked, events()]).toEqual([2, []])
})
