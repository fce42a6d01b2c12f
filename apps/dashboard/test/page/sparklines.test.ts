import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { RunRow } from '../../src/shared/wire.ts'
import { openWaitingServer } from './waiting-server.ts'

vi.mock('../../src/web/base.ts', () => ({ pagePath: (path: string) => `/${path}` }))

let server: ReturnType<typeof openWaitingServer>
let page: typeof import('../../src/web/runs/sparklines.ts')
beforeEach(async () => {
  vi.resetModules()
  vi.useFakeTimers()
  server = openWaitingServer()
  page = await import('../../src/web/runs/sparklines.ts')
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

// These fields are read.
const row = (id: string, status = 'finished', key_metric: string | null = 'loss'): RunRow =>
  ({ id, status, key_metric }) as RunRow
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)
const shown = (): unknown => Object.fromEntries(page.sparklines.value)

test('the sparklines of the runs in sight are requested together, once they stay in sight', async () => {
  page.wantSparklines([row('x')])
  await pass(59)
  page.wantSparklines([row('a/b'), row('c'), row('d', 'finished', null)])
  await pass(59)
  expect(server.paths()).toEqual([])
  await pass(1)
  expect(server.paths()).toEqual(['sparklines?id=a%2Fb&id=c'])
  server.only().answer({ sparklines: { 'a/b': 1, c: 2 } })
  await pass(0)
  expect(shown()).toEqual({ 'a/b': 1, c: 2 })
  page.wantSparklines([row('c'), row('e')])
  await pass(60)
  expect(server.paths()).toEqual(['sparklines?id=e'])
  server.only().answer({ sparklines: { e: 3, c: 4 } })
  await pass(0)
  expect(shown()).toEqual({ 'a/b': 1, c: 4, e: 3 })
  page.wantSparklines([row('d', 'running', null)])
  await pass(60)
  expect(server.paths()).toEqual([])
})

test('while they are followed, those of live runs are requested again after five seconds', async () => {
  const leave = page.followSparklines()
  await pass(4900)
  page.wantSparklines([row('live', 'running'), row('done')])
  await pass(60)
  expect(server.paths()).toEqual(['sparklines?id=live&id=done'])
  server.only().answer({ sparklines: {} })
  await pass(40)
  expect(server.paths()).toEqual([])
  await pass(5000)
  expect(server.paths()).toEqual(['sparklines?id=live'])
  leave()
  await pass(20_000)
  expect(server.paths()).toHaveLength(1)
})

test('a live run is requested again only if its sparkline is older than four and a half seconds', async () => {
  page.wantSparklines([row('live', 'running')])
  await pass(60)
  server.only().answer({ sparklines: {} })
  await pass(4440)
  page.wantSparklines([row('live', 'running')])
  await pass(60)
  expect(server.paths()).toEqual([])
  page.wantSparklines([row('live', 'running')])
  await pass(60)
  expect(server.paths()).toEqual(['sparklines?id=live'])
})

test('a page that is left does not request what was just wanted, and a failed request is repeated', async () => {
  const leave = page.followSparklines()
  page.wantSparklines([row('a')])
  leave()
  await pass(9999)
  expect(server.paths()).toEqual([])
  page.wantSparklines([row('a'), row('b')])
  await pass(60)
  server.only().refuse('no disk')
  await pass(0)
  page.wantSparklines([row('a')])
  await pass(60)
  expect([server.paths(), shown()]).toEqual([['sparklines?id=a'], {}])
})

test('one request has at most eighty runs', async () => {
  page.wantSparklines(Array.from({ length: 81 }, (_, at) => row(`r${at}`)))
  await pass(60)
  const ids = server.only().path.split('&')
  expect([ids.length, ids.at(-1)]).toEqual([80, 'id=r79'])
})
