import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type MetricsStream, openMetrics } from '../../src/web/streams/metrics.ts'
import type { StreamHost } from '../../src/web/streams/stream.ts'
import { openWaitingServer } from './waiting-server.ts'

const seen = vi.hoisted(() => ({ all: [] as unknown[], replaced: () => {} }))
vi.mock('../../src/web/base.ts', () => ({ pagePath: (path: string) => `/${path}` }))
vi.mock('../../src/web/streams/series-store.ts', () => ({
  SeriesStore: class {
    constructor(id: string, replaced: () => void) {
      seen.all.push(['open', id])
      seen.replaced = replaced
    }
    noteExtent = (first: unknown, last: unknown): void => void seen.all.push(['extent', first, last])
    refetch = (): void => void seen.all.push(['refetch'])
    close = (): void => void seen.all.push(['close'])
  },
}))

let server: ReturnType<typeof openWaitingServer>
let stream: MetricsStream
beforeEach(() => {
  vi.useFakeTimers()
  server = openWaitingServer()
  seen.all.length = 0
  stream = openMetrics({ id: 'a/b' } as StreamHost)
})
afterEach(() => {
  stream.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)
const took = (): readonly unknown[] => seen.all.splice(0)
const namesOf = (unread: number) => ({
  ...{ names: [{ name: 'loss' }], first_step: 3, last_step: 9 },
  ...{ total_bytes: 100_000 + unread, indexed_bytes: 100_000 },
})

test('the names of the metrics are read once, and extend the range of steps', async () => {
  expect([stream.names.value, server.paths(), took()]).toEqual([undefined, ['runs/a%2Fb/metrics'], [['open', 'a/b']]])
  server.only().answer(namesOf(65_536))
  await pass(9999)
  expect([stream.names.value, server.paths(), took()]).toEqual([namesOf(65_536), [], [['extent', 3, 9]]])
})

test('while the server is reading a long file, names and points are requested again every 0.7 seconds', async () => {
  server.only().answer(namesOf(65_537))
  await pass(699)
  expect([server.paths(), took()]).toEqual([
    [],
    [
      ['open', 'a/b'],
      ['extent', 3, 9],
    ],
  ])
  await pass(1)
  expect([server.paths(), took()]).toEqual([['runs/a%2Fb/metrics'], [['refetch']]])
  const late = server.only()
  seen.replaced()
  server.only().answer(namesOf(65_537))
  await pass(300)
  late.answer(namesOf(0))
  await pass(9999)
  expect(server.paths()).toEqual([])
})

test('new names are read if the series ask for them; everything is read again after a reload or a lost connection', async () => {
  server.only().refuse('no disk')
  await pass(0)
  expect([stream.names.value, took()]).toEqual([undefined, [['open', 'a/b']]])
  seen.replaced()
  expect([server.paths(), took()]).toEqual([['runs/a%2Fb/metrics'], []])
  server.taken()
  stream.reload()
  stream.resume?.()
  expect([server.paths().length, took()]).toEqual([2, [['refetch'], ['refetch']]])
})

test('a closed stream ignores a late answer and requests nothing more', async () => {
  server.only().answer(namesOf(65_537))
  await pass(0)
  seen.replaced()
  const late = server.only()
  stream.close()
  late.answer({ ...namesOf(65_537), first_step: 0 })
  await pass(9999)
  expect([stream.names.value, server.paths(), took().at(-1)]).toEqual([namesOf(65_537), [], ['close']])
})
