import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { STATES, type SweepDetail } from '../../src/shared/sweeps/sweep-wire.ts'
import type { SweepStore } from '../../src/web/sweeps/sweep-store.ts'
import { openAddress } from './address.ts'
import { columnsOf } from './trial-columns.ts'

const server = vi.hoisted(() => ({ answers: {} as Record<string, unknown> }))
vi.mock('../../src/web/theme.ts', () => ({ isDark: { value: false } }))
vi.mock('../../src/web/api.ts', () => ({
  ask: (path: string) => new Promise((done) => setTimeout(() => done(server.answers[path]), 1)),
}))

const TRIALS = columnsOf([
  { i: 3, value: 0.5, params: { lr: 1 } },
  { i: 4, value: 0.25, state: 'failed', params: { lr: 4 } },
  { i: 7, value: null, params: { lr: 3 } },
  { i: 9, value: 0.75, params: { lr: 2 } },
])
const DETAIL = {
  objective: { metric: 'val/loss', direction: 'max' },
  parameters: [],
} as unknown as SweepDetail // The store reads no other field.

let store: SweepStore
let route: typeof import('../../src/web/route.ts')
beforeEach(async () => {
  vi.resetModules()
  vi.useFakeTimers()
  openAddress('http://localhost/sweep/s')
  vi.stubGlobal('document', { visibilityState: 'visible', baseURI: 'http://localhost/' })
  server.answers = { 'sweeps/s': DETAIL, 'sweeps/s/trials?': TRIALS }
  route = await import('../../src/web/route.ts')
  const { openSweepStore } = await import('../../src/web/sweeps/sweep-store.ts')
  store = openSweepStore('s')
})
afterEach(() => {
  store.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const answered = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1)
/** The trials that match the filters, in the order of the data and in the order of the table. */
const shown = (): readonly (readonly number[])[] => [[...store.kept.value], [...store.ordered.value]]

test('before the first answer there is no metric, no trial and no filter', () => {
  expect([store.id, store.metric.value, store.direction.value]).toEqual(['s', null, 'min'])
  expect([shown(), [...store.colors.value], store.isFiltered.value]).toEqual([[[], []], [], false])
  expect([store.brushes.value, store.states.value, store.chosen.value]).toEqual([new Map(), new Set(), new Set()])
  expect([store.inBox.value, store.notice.value]).toEqual([null, null])
})

test('the metric is the objective unless the address names another one', async () => {
  await answered()
  expect([store.metric.value, store.direction.value]).toEqual(['val/loss', 'max'])
  expect(store.axes.value.at(-1)?.name).toBe('val/loss')
  route.setView({ metric: 'acc' })
  expect(store.metric.value).toBe('acc')
  expect(store.axes.value.at(-1)?.name).toBe('acc')
})

test('the best trials come first, in the direction of the objective, and have the first colours', async () => {
  await answered()
  expect(shown()).toEqual([
    [0, 1, 2, 3],
    [3, 0, 1, 2],
  ])
  expect([...store.colors.value]).toEqual([2, 5, 8, 0])
  route.setView({ sort: 'p:lr' })
  expect(shown()[1]).toEqual([0, 3, 2, 1])
})

test('each filter alone leaves out trials, also from the table', async () => {
  await answered()
  store.states.value = new Set([STATES.indexOf('failed')])
  expect([shown(), store.isFiltered.value]).toEqual([[[1], [1]], true])
  store.states.value = new Set()
  store.inBox.value = new Set([9, 7])
  expect([shown(), store.isFiltered.value]).toEqual([[[2, 3], [3, 2]], true]) // biome-ignore format: one line
  store.inBox.value = null
  expect(store.isFiltered.value).toBe(false)
  route.setView({ q: 'lr>=3' })
  expect([shown(), store.isFiltered.value]).toEqual([[[1, 2], [1, 2]], true]) // biome-ignore format: one line
  route.setView({ q: null })
  const key = store.axes.value.at(-1)?.key ?? ''
  store.brushes.value = new Map([[key, { low: 0.4, high: 1 }]])
  expect([shown(), store.isFiltered.value]).toEqual([[[0, 3], [3, 0]], true]) // biome-ignore format: one line
})
