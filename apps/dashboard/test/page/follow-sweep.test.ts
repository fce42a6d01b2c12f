import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { SweepDetail, TrialColumns } from '../../src/shared/sweeps/sweep-wire.ts'
import type { FollowedSweep } from '../../src/web/sweeps/follow-sweep.ts'
import { openAddress } from './address.ts'
import { columnsOf } from './trial-columns.ts'

interface Asked {
  readonly path: string
  answer(value: unknown): void
  fail(message: string): void
}
const waiting = vi.hoisted(() => [] as Asked[])
vi.mock('../../src/web/api.ts', () => ({
  ask: (path: string) =>
    new Promise((resolve, reject) => {
      waiting.push({ path, answer: resolve, fail: (message) => reject(new Error(message)) })
    }),
}))

let sweep: FollowedSweep
let route: typeof import('../../src/web/route.ts')
beforeEach(async () => {
  vi.resetModules()
  vi.useFakeTimers()
  openAddress('http://localhost/sweep/a%2Fb')
  show('visible')
  waiting.length = 0
  route = await import('../../src/web/route.ts')
  const { followSweep } = await import('../../src/web/sweeps/follow-sweep.ts')
  sweep = followSweep('a/b')
})
afterEach(() => {
  sweep.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function show(visibilityState: string): void {
  vi.stubGlobal('document', { visibilityState, baseURI: 'http://localhost/' })
}
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)
const DETAIL = { name: 'first' } as unknown as SweepDetail // The page hands it on unread.
const ONE: TrialColumns = columnsOf([{ i: 1, value: 0.5 }])

/** Takes the requests so far. */
const taken = (): readonly string[] => waiting.map(({ path }) => path)

/** Answers all open requests. */
async function answer(columns: Partial<TrialColumns> = {}, detail: SweepDetail = DETAIL): Promise<readonly string[]> {
  const all = waiting.splice(0)
  for (const one of all) one.answer(one.path.includes('/trials') ? { ...ONE, ...columns } : detail)
  await pass(0)
  return all.map(({ path }) => path)
}

test('trials are requested every second, from the last version on, and details with every third request', async () => {
  expect([sweep.detail.value, sweep.problem.value, sweep.unread.value]).toEqual([undefined, null, 0])
  expect(await answer()).toEqual(['sweeps/a%2Fb/trials?', 'sweeps/a%2Fb'])
  expect([sweep.detail.value, sweep.data.value.data.index, sweep.data.value.data.value]).toEqual([DETAIL, [1], [0.5]])
  await pass(999)
  expect(taken()).toEqual([])
  await pass(1)
  expect(await answer({ version: 'w' })).toEqual(['sweeps/a%2Fb/trials?since=v'])
  await pass(1000)
  expect(await answer()).toEqual(['sweeps/a%2Fb/trials?since=w'])
  await pass(1000)
  const next = { name: 'second' } as unknown as SweepDetail
  expect(await answer({}, next)).toEqual(['sweeps/a%2Fb/trials?since=v', 'sweeps/a%2Fb'])
  expect(sweep.detail.value).toEqual(next)
})

test('only an answer with trials changes the data', async () => {
  await answer()
  const { value } = sweep.data
  await pass(1000)
  await answer({ ...columnsOf([], false), unread: 0 })
  expect(sweep.data.value).toBe(value)
  await pass(1000)
  await answer(columnsOf([{ i: 2 }], false))
  expect(sweep.data.value).not.toBe(value)
  expect(sweep.data.value.data.index).toEqual([1, 2])
  await pass(1000)
  await answer(columnsOf([], true))
  expect(sweep.data.value.data.index).toEqual([])
})

test('while values are still being read, the next request follows soon', async () => {
  await answer({ unread: 3 })
  expect(sweep.unread.value).toBe(3)
  await pass(149)
  expect(taken()).toEqual([])
  await pass(1)
  expect(await answer()).toEqual(['sweeps/a%2Fb/trials?since=v'])
  expect(sweep.unread.value).toBe(0)
  await pass(150)
  expect(taken()).toEqual([])
})

test('another metric is read from its start', async () => {
  await answer()
  route.setView({ metric: 'val/acc' })
  await pass(1000)
  expect(await answer()).toEqual(['sweeps/a%2Fb/trials?metric=val%2Facc'])
  await pass(1000)
  expect(await answer()).toEqual(['sweeps/a%2Fb/trials?metric=val%2Facc&since=v'])
})

test('a failure is a problem until the next answer, which comes three seconds later with the details', async () => {
  await answer()
  await pass(1000)
  for (const one of waiting.splice(0)) one.fail('no server')
  await pass(0)
  expect([sweep.problem.value, sweep.detail.value]).toEqual(['no server', DETAIL])
  await pass(2999)
  expect(taken()).toEqual([])
  await pass(1)
  expect(await answer()).toEqual(['sweeps/a%2Fb/trials?since=v', 'sweeps/a%2Fb'])
  expect(sweep.problem.value).toBeNull()
})

test('a hidden page requests nothing until it is visible again', async () => {
  await answer()
  show('hidden')
  await pass(5000)
  expect(taken()).toEqual([])
  show('visible')
  await pass(1000)
  expect(taken()).toEqual(['sweeps/a%2Fb/trials?since=v'])
})

test('an immediate update makes an open request obsolete, and restarts the wait', async () => {
  await answer()
  await pass(1000)
  const [old] = waiting.splice(0)
  sweep.lookNow()
  expect(await answer({ version: 'new' })).toEqual(['sweeps/a%2Fb/trials?since=v', 'sweeps/a%2Fb'])
  old?.answer({ ...columnsOf([{ i: 9 }]), version: 'old', unread: 8 })
  await pass(0)
  expect([sweep.data.value.data.index, sweep.unread.value]).toEqual([[1], 0])
  await pass(500)
  sweep.lookNow()
  expect(await answer()).toEqual(['sweeps/a%2Fb/trials?since=new', 'sweeps/a%2Fb'])
  await pass(999)
  expect(taken()).toEqual([])
})

test('a closed sweep requests nothing and drops the open answer', async () => {
  sweep.close()
  expect(await answer({ unread: 3 })).toHaveLength(2)
  expect([sweep.detail.value, sweep.unread.value]).toEqual([undefined, 0])
  await pass(9000)
  expect(taken()).toEqual([])
})

test('a sweep that is closed between two requests sends no other request', async () => {
  await answer()
  sweep.close()
  await pass(9000)
  expect(taken()).toEqual([])
})
