import { signal } from '@preact/signals'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { usePointsAround } from '../../src/web/parts/use-points-around.ts'
import type { SweepStore } from '../../src/web/sweeps/sweep-store.ts'
import { useAnalysis } from '../../src/web/sweeps/use-analysis.ts'
import { openHook } from './hook.ts'
import { openWaitingServer } from './waiting-server.ts'

vi.mock('../../src/web/base.ts', () => ({ pagePath: (path: string) => `/${path}` }))

let server: ReturnType<typeof openWaitingServer>
beforeEach(() => {
  vi.useFakeTimers()
  server = openWaitingServer()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function sweep() {
  const parts = {
    ...{ id: 'a/b', metric: signal<string | null>('loss'), isFiltered: signal(false) },
    ...{ kept: signal(Int32Array.of(0, 1)), data: signal({ data: { index: [10, 11] } }) },
  }
  // The parts of a store that an analysis reads.
  return { ...parts, store: parts as unknown as SweepStore }
}

const open = (store: SweepStore, more: Readonly<Record<string, string>> = { x: 'lr' }) =>
  openHook((own: Readonly<Record<string, string>>) => useAnalysis<string>(store, 'contour', own), more)

test('an analysis is requested once the filters stay unchanged, and again if other trials match', async () => {
  const { store, kept, isFiltered } = sweep()
  const hook = await open(store)
  expect(hook.result()).toEqual({ answer: undefined, problem: null })
  await hook.pass(499)
  kept.value = Int32Array.of(1)
  await hook.pass(499)
  expect(server.paths()).toEqual([])
  await hook.pass(1)
  const first = server.only()
  expect([first.path, first.body]).toEqual(['sweeps/a%2Fb/contour', { x: 'lr', metric: 'loss', trials: null }])
  first.answer('all')
  await hook.pass(0)
  expect(hook.result()).toEqual({ answer: 'all', problem: null })
  isFiltered.value = true
  kept.value = Int32Array.of(1, 0, 7)
  await hook.pass(500)
  const second = server.only()
  expect(second.body).toEqual({ x: 'lr', metric: 'loss', trials: [11, 10, 0] })
  second.refuse('no disk')
  await hook.pass(0)
  expect(hook.result()).toEqual({ answer: undefined, problem: 'no disk' })
  hook.close()
})

test('as long as the same trials match, an analysis is requested every fifteen seconds', async () => {
  const { store, kept } = sweep()
  const hook = await open(store)
  await hook.pass(500)
  server.only().answer('one')
  await hook.pass(0)
  // More trials complete, but all trials match.
  await hook.pass(14_000)
  kept.value = Int32Array.of(0, 1, 2)
  await hook.pass(499)
  kept.value = Int32Array.of(0, 1)
  await hook.pass(499)
  expect(server.paths()).toEqual([])
  kept.value = Int32Array.of(0, 1, 2, 3)
  await hook.pass(2)
  expect(server.paths()).toEqual([])
  await hook.pass(498)
  expect(server.taken().map(({ body }) => body)).toEqual([{ x: 'lr', metric: 'loss', trials: null }])
  hook.close()
})

test('without any change, an analysis is repeated fifteen seconds after its answer', async () => {
  const { store } = sweep()
  const hook = await open(store)
  await hook.pass(500)
  server.only().answer('one')
  await hook.pass(14_999)
  expect(server.paths()).toEqual([])
  await hook.pass(1)
  server.only().answer('two')
  await hook.pass(0)
  expect(hook.result()).toEqual({ answer: 'two', problem: null })
  hook.close()
  await hook.pass(60_000)
  expect(server.paths()).toEqual([])
})

test('another question or metric starts again, without late answers', async () => {
  const { store, metric } = sweep()
  const hook = await open(store)
  await hook.pass(500)
  const late = server.only()
  await hook.change({ x: 'wd' })
  await hook.pass(500)
  const now = server.only()
  expect(now.body).toEqual({ x: 'wd', metric: 'loss', trials: null })
  now.answer('new')
  await hook.pass(0)
  late.answer('late')
  await hook.pass(14_499)
  expect([hook.result().answer, server.paths()]).toEqual(['new', []])
  await hook.act(() => (metric.value = null))
  await hook.pass(500)
  expect(server.only().body).toEqual({ x: 'wd', metric: null, trials: null })
  hook.close()
})

test('a closed analysis requests nothing, even if a request was due', async () => {
  const { store, kept } = sweep()
  const hook = await open(store)
  hook.close()
  kept.value = Int32Array.of(1)
  await hook.pass(60_000)
  expect(server.paths()).toEqual([])
})

test('the points around a step are requested if there is a metric and a step', async () => {
  type Props = readonly [run: string, name: string | null, step: number | null, points: number]
  const hook = await openHook((all: Props) => usePointsAround(...all), ['a/b', null, 5, 40] as Props)
  await hook.change(['a/b', 'loss', null, 40])
  expect([hook.result(), server.paths()]).toEqual([undefined, []])
  await hook.change(['a/b', 'loss', 0, 40])
  const { path, body, answer } = server.only()
  expect([path, body]).toEqual(['runs/a%2Fb/metrics/around', { requests: [{ name: 'loss', step: 0, points: 40 }] }])
  answer({ points: [{ complete: true }, { complete: true }] })
  await hook.pass(0)
  expect(hook.result()).toEqual({ complete: true })
  for (const [at, props] of (
    [
      ['c', 'loss', 0, 40],
      ['c', 'acc', 0, 40],
      ['c', 'acc', 1, 40],
      ['c', 'acc', 1, 80],
    ] as const
  ).entries()) {
    await hook.change(props)
    expect([at, server.paths().length]).toEqual([at, at + 1])
  }
  server.taken().at(-1)?.refuse('no disk')
  await hook.pass(0)
  expect(hook.result()).toBeUndefined()
  hook.close()
})
