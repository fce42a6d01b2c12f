import { expect, test } from 'vitest'
import { answer, type Executor, unanswered } from '../src/executor/executor.ts'
import type { SeenRow, SweepEvent } from '../src/journal/event.ts'
import { mostAtATime, throttleFor } from '../src/node/throttle.ts'
import { hasWork, tick } from '../src/node/tick.ts'
import { configInForce, underClaim } from '../src/node/workspace.ts'
import { attemptIn, writtenWorkspace } from './written-workspace.ts'

// One check of a driver, with an executor provided by the test.

const YAML = `name: t
launcher: ./l.sh
grid: all
slurm: {partition: p, max_concurrent: 4}
retries: {oom: 1, backoff: 60}
parameters:
  x: {type: discrete, values: [0, 1, 2, 3, 4, 5]}
`
const call = (...trials: number[]): SweepEvent => ({ type: 'call', trials })
const array = (sid: string, job: string | null, trials: readonly number[], throttle?: number): SweepEvent[] => [
  { type: 'intent', sid, executor: 'slurm', attempts: trials.map((i) => [i, 1] as const), ...(throttle !== undefined && { throttle }) }, // biome-ignore format: short
  ...(job === null ? [] : [{ type: 'sent', sid, job } as const]),
]

async function setUp(
  yaml: string,
  events: readonly SweepEvent[],
  { rows = [] as readonly SeenRow[], throttles = true, cancels = true } = {},
) {
  const trials = [0, 1, 2, 3, 4, 5].map((x) => ({ x }))
  const { workspace } = await writtenWorkspace(yaml, trials, ...events)
  const calls: string[] = []
  const executor: Executor = {
    name: 'slurm',
    needsDriver: false,
    limits: async () => answer({ places: null, chunk: 9, maxTask: 99, signSeconds: null }),
    submit: async ({ attempts, throttle }) => {
      calls.push(`submit ${attempts.map(({ i, n }) => `${i}-${n}`)} at most ${throttle}`)
      return answer({ kind: 'sent', job: '99' })
    },
    find: async () => answer(new Map()),
    observe: async () => ({ rows, silent: [] }),
    cancel: async (attempts) => {
      calls.push(`cancel ${attempts.map(({ i }) => i)}`)
      return cancels ? answer(attempts.map(({ i, n }) => [i, n] as const)) : unanswered('no scancel')
    },
    throttle: async (job, tasks) => {
      calls.push(`throttle ${job} ${tasks}`)
      return throttles ? answer(undefined) : unanswered('no scontrol')
    },
  }
  const before = workspace.journal.lines().length
  return {
    calls,
    workspace,
    config: configInForce(workspace),
    tickIn: (seconds = 0) => {
      const clock = { ...workspace.clock, now: () => workspace.clock.now() + seconds }
      return underClaim(workspace, 'test', (writer) => tick({ ...workspace, clock }, writer, [executor]))
    },
    events: (type: SweepEvent['type']) =>
      workspace.journal.lines().slice(before).filter(({ event }) => event.type === type).map(({ by, event }) => [by, event]), // biome-ignore format: short
    workIn: (seconds: number) => hasWork({ ...workspace, clock: { ...workspace.clock, now: () => workspace.clock.now() + seconds } }), // biome-ignore format: short
  }
}

test('a check records the observations and submits waiting trials', async () => {
  const rows: readonly SeenRow[] = [[0, 1, 0, 'completed', { code: 0 }]]
  const { tickIn, calls, events, workspace } = await setUp(YAML, [...array('a', '5', [0, 1], 2), call(2, 3)], { rows })
  expect(await tickIn()).toBe(null)
  expect(events('seen')).toEqual([['driver', { type: 'seen', rows }]])
  expect(calls).toEqual(['submit 2-1,3-1 at most 3'])
  expect(events('sent')).toMatchObject([['driver', { job: '99' }]])
  expect(workspace.journal.fold.trials.get(0)?.attempts[0]?.seen).toBe('completed')
})

test('a failed trial is retried once its delay has passed, and not before', async () => {
  const failed = attemptIn(0, 'failed', { reason: 'oom', ended: Date.now() / 1000 }, 1, 'slurm')
  const { tickIn, calls, events, workIn } = await setUp(YAML, failed)
  expect(workIn(0)).toBe(true)
  await tickIn(30)
  expect([calls, events('call')]).toEqual([[], []])
  await tickIn(90)
  expect([calls, events('call')]).toEqual([['submit 0-2 at most 4'], [['driver', { type: 'call', trials: [0] }]]])
})

test('a check reports why a trial could not be asked to stop', async () => {
  const events: readonly SweepEvent[] = [...array('a', '5', [0]), { type: 'wish', trials: [0], want: 'stop' }]
  const silent = await setUp(YAML, events, { cancels: false })
  expect(await silent.tickIn()).toContain('no scancel')
})

test('work is left while a trial is waiting, running or due to be retried', async () => {
  const work = async (...events: readonly SweepEvent[]) => (await setUp(YAML, events)).workIn(0)
  expect(await work()).toBe(false)
  expect(await work(call(0))).toBe(true)
  expect(await work(...attemptIn(0, 'running'))).toBe(true)
  expect(await work(...attemptIn(0, 'completed'))).toBe(false)
  expect(await work(...attemptIn(0, 'failed', { reason: 'exit' }))).toBe(false)
  expect(await work(...attemptIn(0, 'failed', { reason: 'oom' }))).toBe(true)
  const spent = await setUp(`${YAML}budget: {trials: 1}\n`, [...attemptIn(0, 'completed'), call(1)])
  expect(spent.workIn(0)).toBe(false)
})

test('arrays pass on the share that they no longer need: first some shrink, then others grow', async () => {
  const { tickIn, calls, events } = await setUp(YAML, [
    ...array('a', '5', [0, 1, 2], 1),
    ...array('b', '6', [3, 4, 5], 3),
  ])
  await tickIn()
  expect(calls).toEqual(['throttle 6 1', 'throttle 5 3'])
  expect(events('throttle')).toEqual([['driver', { type: 'throttle', sid: 'b', tasks: 1 }], ['driver', { type: 'throttle', sid: 'a', tasks: 3 }]]) // biome-ignore format: pairs
  calls.length = 0
  await tickIn()
  expect(calls).toEqual([])
  const silent = await setUp(YAML, [...array('a', '5', [0, 1, 2], 1), ...array('b', '6', [3, 4, 5], 3)], { throttles: false }) // biome-ignore format: short
  await silent.tickIn()
  expect([silent.calls, silent.events('throttle')]).toEqual([['throttle 6 1'], []])
})

test('a submission gets the places that others leave free', async () => {
  const left = async (yaml: string, ...events: readonly SweepEvent[]) => {
    const { config, workspace } = await setUp(yaml, events)
    return [mostAtATime(config), throttleFor(config, workspace.journal.fold)]
  }
  expect(await left(YAML)).toEqual([4, 4])
  expect(await left(YAML, ...array('a', '5', [0, 1], 3))).toEqual([4, 2])
  expect(await left(YAML, ...array('a', '5', [0, 1, 2], 2), ...array('b', null, [3]))).toEqual([4, 1])
  expect(await left(YAML, ...array('a', '5', [0, 1, 2, 3, 4]))).toEqual([4, 0])
  expect(await left(YAML.replace(', max_concurrent: 4', ''), ...array('a', '5', [0, 1]))).toEqual([null, null])
  expect(await left(YAML.replace('slurm: {partition: p, max_concurrent: 4}\n', 'local: {max_concurrent: 4}\n'))).toEqual([null, null]) // biome-ignore format: short
  const grid = YAML.replace('slurm: {partition: p, max_concurrent: 4}', 'gridengine: {max_concurrent: 3}\nexecutor: gridengine') // biome-ignore format: short
  expect(await left(grid, ...array('a', '5', [0, 1]))).toEqual([3, 3])
})
