import { signal } from '@preact/signals'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { MOST_CURVES, openCurveStore } from '../../src/web/sweeps/curve-store.ts'
import { createSweepData, takeColumns } from '../../src/web/sweeps/sweep-data.ts'
import type { SweepStore } from '../../src/web/sweeps/sweep-store.ts'
import { columnsOf } from './trial-columns.ts'

const server = vi.hoisted(() => ({
  asked: [] as { path: string; body: Asked }[],
  fails: false,
  during: (): unknown => undefined,
}))
interface Asked {
  readonly metric: string
  readonly trials: readonly number[]
  readonly points: number
}
vi.mock('../../src/web/api.ts', () => ({
  send: async (path: string, body: Asked) => {
    server.asked.push({ path, body })
    server.during()
    if (server.fails) throw new Error('offline')
    return { curves: body.trials.map((i) => ({ i, steps: [0], values: [server.asked.length] })) }
  },
}))

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('document', { visibilityState: 'visible' })
  server.asked.length = 0
  server.fails = false
  server.during = () => undefined
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

type Trials = Parameters<typeof columnsOf>[0]

function storeOf(trials: Trials) {
  const parts = {
    ...{ id: 'a/b', metric: signal<string | null>('loss'), direction: signal<'min' | 'max'>('min') },
    data: signal({ data: takeColumns(createSweepData(), columnsOf(trials)) }),
    inBox: signal<ReadonlySet<number> | null>(null),
    kept: signal(Int32Array.from(trials.keys())),
  }
  return { ...parts, store: parts as unknown as SweepStore } // The parts of a store that curves use.
}

const trials = (): readonly (readonly number[])[] => server.asked.splice(0).map(({ body }) => body.trials)

test('curves are requested for running trials first, then for the best, once the filters stay the same', async () => {
  const { store, kept, direction } = storeOf([
    { i: 10, value: 3 },
    { i: 11, value: null },
    { i: 12, value: 1 },
    { i: 13, state: 'running', value: 9 },
    { i: 14, attempt: 0 },
    { i: 15, value: 1 },
    ...(['stopping', 'pruning', 'pausing'] as const).map((state, at) => ({ i: 16 + at, state })),
  ])
  const curves = openCurveStore(store)
  await vi.advanceTimersByTimeAsync(249)
  kept.value = Int32Array.from(kept.value)
  await vi.advanceTimersByTimeAsync(249)
  expect(server.asked).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  const order = [13, 16, 17, 18, 12, 15, 10, 11]
  expect(server.asked).toEqual([{ path: 'sweeps/a%2Fb/curves', body: { metric: 'loss', trials: order, points: 120 } }])
  expect([curves.shown.value, [...curves.curves.value.keys()]]).toEqual([order, order])
  expect(curves.curves.value.get(12)).toEqual({ i: 12, steps: [0], values: [1] })
  trials()
  // The curves of trials that have ended are complete.
  await vi.advanceTimersByTimeAsync(1999)
  expect(trials()).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect([trials(), curves.curves.value.size]).toEqual([[[13, 16, 17, 18]], 8])
  direction.value = 'max'
  await vi.advanceTimersByTimeAsync(2000)
  expect(curves.shown.value).toEqual([13, 16, 17, 18, 10, 12, 15, 11])
  curves.close()
  trials()
  kept.value = Int32Array.from([0])
  await vi.advanceTimersByTimeAsync(5000)
  expect(trials()).toEqual([])
})

test('a trial that was started again is requested again, and so are all for another metric', async () => {
  const { store, data, metric } = storeOf([{ i: 1, value: 1 }])
  const curves = openCurveStore(store)
  await vi.advanceTimersByTimeAsync(250)
  expect(trials()).toEqual([[1]])
  await vi.advanceTimersByTimeAsync(4000)
  expect(trials()).toEqual([])
  data.value = { data: takeColumns(data.value.data, columnsOf([{ i: 1, value: 1, attempt: 2 }])) }
  await vi.advanceTimersByTimeAsync(2000)
  expect(trials()).toEqual([[1]])
  metric.value = 'acc'
  await vi.advanceTimersByTimeAsync(2000)
  expect(server.asked.map(({ body }) => [body.metric, body.trials])).toEqual([['acc', [1]]])
  metric.value = null
  await vi.advanceTimersByTimeAsync(2000)
  expect([curves.curves.value.size, server.asked.length]).toEqual([0, 1])
  curves.close()
})

test('the trials of a box are shown in their order, and at most three hundred', async () => {
  const many = Array.from({ length: MOST_CURVES + 5 }, (_, i) => ({ i, value: -i, attempt: i < 2 ? 0 : 1 }))
  const { store, inBox } = storeOf(many)
  const curves = openCurveStore(store)
  await vi.advanceTimersByTimeAsync(250)
  expect([curves.shown.value.length, curves.shown.value[0], curves.shown.value.at(-1)]).toEqual([300, 304, 5])
  inBox.value = new Set([1])
  await vi.advanceTimersByTimeAsync(2000)
  expect(curves.shown.value).toEqual(Array.from({ length: 300 }, (_, i) => i))
  curves.close()
})

test('a failure or a hidden page leads to another request later, and a late answer is dropped', async () => {
  const { store, metric } = storeOf([{ i: 1, value: 1 }])
  server.fails = true
  const curves = openCurveStore(store)
  await vi.advanceTimersByTimeAsync(250)
  expect([curves.curves.value.size, trials()]).toEqual([0, [[1]]])
  server.fails = false
  vi.stubGlobal('document', { visibilityState: 'hidden' })
  await vi.advanceTimersByTimeAsync(2000)
  expect(trials()).toEqual([])
  vi.stubGlobal('document', { visibilityState: 'visible' })
  server.during = () => {
    metric.value = 'acc'
  }
  await vi.advanceTimersByTimeAsync(2000)
  expect([curves.curves.value.size, trials()]).toEqual([0, [[1]]])
  server.during = () => curves.close()
  await vi.advanceTimersByTimeAsync(2000)
  expect([curves.curves.value.size, trials()]).toEqual([0, [[1]]])
  await vi.advanceTimersByTimeAsync(9000)
  expect(trials()).toEqual([])
})

test('an empty list of trials is not requested', async () => {
  const curves = openCurveStore(storeOf([{ i: 1, attempt: 0 }]).store)
  await vi.advanceTimersByTimeAsync(3000)
  expect([trials(), curves.shown.value]).toEqual([[], []])
  curves.close()
})
