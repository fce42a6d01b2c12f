import type { ControlDescription } from '@hotcb/protocol'
import { signal } from '@preact/signals'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openRunStore, type RunStore } from '../../src/web/run/run-store.ts'

const server = vi.hoisted(() => ({ asked: [] as unknown[] }))
vi.mock('../../src/web/api.ts', () => ({
  runPath: (id: string, rest: string) => `runs/${id}/${rest}`,
  send: async (...all: readonly unknown[]) => {
    server.asked.push(all)
    return { cids: ['c1'], notes: [] }
  },
}))
vi.mock('../../src/web/author/author.ts', () => ({ askAuthor: async () => ({ name: 'ada', sent: 'ada' }) }))

const streams = vi.hoisted(() => ({ held: [] as unknown[], closes: 0, open: undefined as unknown, id: '' }))
vi.mock('../../src/web/streams/open-streams.ts', () => ({
  createRunStreams: ({ id }: { id: string }) => {
    streams.id = id
    return {
      get: (name: string) => (streams.open as Record<string, unknown>)[name],
      hold: (names: unknown) => streams.held.push(names),
      close: () => streams.closes++,
    }
  },
}))

const detail = signal<unknown>(undefined)
const problem = signal<string | null>(null)
const markers = signal<readonly unknown[]>([])
const kept = new Map<string, string>()
let run: RunStore

beforeEach(() => {
  vi.useFakeTimers({ now: 1000 })
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => kept.set(key, text),
    removeItem: (key: string) => kept.delete(key),
  })
  kept.clear()
  detail.value = undefined
  markers.value = []
  server.asked.length = 0
  streams.held.length = 0
  streams.closes = 0
  streams.open = { state: { detail, problem }, ledger: { markers } }
  run = openRunStore('a')
})
afterEach(() => {
  run.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const LR: ControlDescription = {
  param_key: 'lr',
  type: 'float',
  label: '',
  group: 'optimizer',
  min: 0,
  max: 1,
  step: 0,
  log_base: null,
  choices: null,
  current: 0.1,
  state: 'verified',
}

interface Parts {
  readonly lr?: number
  readonly runId?: string
  readonly pid?: number
  readonly modules?: readonly unknown[]
}
function detailOf({ lr = 0.1, runId = 'r1', pid = 7, modules = [] }: Parts = {}): unknown {
  return {
    ...{ row: { status: 'running', step: 5 }, run: { run_id: runId, started_at: 1 }, modules },
    state: { kernel: { pid, host: 'h', start: 1 }, attempt: 1, closed: false },
    controls: [{ ...LR, current: lr }],
  }
}

test('an open run follows its state and ledger, and everything that needs a person', () => {
  expect([streams.id, run.id, streams.held]).toEqual(['a', 'a', [['state', 'ledger', 'people', 'autopilot', 'alerts']]])
  expect([run.detail, run.problem, run.replaced.value]).toEqual([detail, problem, undefined])
  run.close()
  expect(streams.closes).toBe(1)
  detail.value = detailOf()
  vi.setSystemTime(9000)
  expect(run.seenMs.value).toBe(1000)
})

test('commands and freezes are sent to the run, and their answers are in the log', async () => {
  await run.answers.send([{ module: 'opt', op: 'set_params', params: { lr: 0.2 } }])
  await run.answers.freeze({ mode: 'prod' })
  expect(server.asked).toEqual([
    ['runs/a/commands', { commands: [{ module: 'opt', op: 'set_params', params: { lr: 0.2 }, author: 'ada' }] }],
    ['runs/a/freeze', { mode: 'prod', author: 'ada' }, 'PUT'],
  ])
  expect(run.answers.answers.value.map(({ text }) => text)).toEqual(['freeze prod', 'lr = 0.2'])
})

test('the words of a run are computed again only when its modules change', () => {
  const first = run.words.value
  detail.value = detailOf()
  expect(run.words.value).toBe(first)
  const modules = [{ name: 'own', ops: [{ op: 'use', text: 'use {kind}' }] }]
  const change = { module: 'own', op: 'use', id: 'main', params: { kind: 'fast' } }
  detail.value = detailOf({ modules })
  const own = run.words.value
  expect([own === first, run.describe(change)]).toEqual([false, 'use fast'])
  detail.value = detailOf({ modules: [...modules], lr: 0.3 })
  expect(run.words.value).toBe(own)
})

test('the time at which a run was last confirmed no longer changes after another run took its place', () => {
  expect(run.seenMs.value).toBe(1000)
  vi.setSystemTime(2000)
  detail.value = detailOf()
  expect([run.seenMs.value, run.replaced.value]).toEqual([2000, undefined])
  vi.setSystemTime(3000)
  detail.value = detailOf({ runId: 'r2' })
  const { text } = run.replaced.value ?? { text: '' }
  expect([run.seenMs.value, text]).toEqual([
    2000,
    'This run was deleted and created again: its directory now belongs to another training run',
  ])
  vi.setSystemTime(4000)
  detail.value = detailOf({ runId: 'r2' })
  expect([run.seenMs.value, run.replaced.value?.text]).toEqual([2000, text])
})

test('staged changes are kept for a reload, and dropped with a message when another run takes the place', () => {
  detail.value = detailOf()
  run.staging.stage(LR, 0.5, 0)
  expect([[...kept.keys()], run.staging.staged.value.size]).toEqual([['hotcb-staged a'], 1])
  detail.value = detailOf({ lr: 0.2 })
  expect([run.staging.staged.value.size, run.answers.answers.value]).toEqual([1, []])
  detail.value = detailOf({ runId: 'r2' })
  expect([run.staging.staged.value.size, kept.size]).toEqual([0, 0])
  expect(run.answers.answers.value.map(({ text, says }) => [text, says])).toEqual([
    ['Staged changes were dropped', 'they belonged to the previous run'],
  ])
})

test('a control moves by itself if it changed more often than commands changed it', () => {
  const mark = (params: unknown): unknown => ({ params })
  markers.value = [mark({ lr: 1 }), mark(null)]
  for (const lr of [0.1, 0.2]) detail.value = detailOf({ lr })
  markers.value = [mark({ lr: 1 }), mark({ lr: 2 }), mark([1]), mark({ other: 1 })]
  detail.value = detailOf({ lr: 0.3 })
  expect([...run.moving.keys()]).toEqual([])
  detail.value = detailOf({ lr: 0.4 })
  expect([...run.moving.keys()]).toEqual(['lr'])
})
