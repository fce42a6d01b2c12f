import { appendFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { type HistoryOverview, type HistoryStoreOptions, openHistoryStore } from '../src/node.ts'
import { temporaryDirectory } from './directory.ts'
import { lineOf, lines, writeLong } from './history-runs.ts'

// Behaviour that needs a real thread; history.test.ts contains the other tests of a store.

test('a run is read in a thread and answers queries for windows', async () => {
  const { history, path } = setUp()
  writeFileSync(path, lines(0, 100))
  const overview = await history.ready()
  expect(overview).toMatchObject({
    exists: true,
    complete: true,
    records: 100,
    firstStep: 0,
    lastStep: 99,
    attempts: 1,
    error: null,
  })
  expect(overview.names).toEqual([
    { name: 'loss', points: 100, last: { step: 99, value: 99 }, rewound: false },
    { name: 'val', points: 10, last: { step: 90, value: -90 }, rewound: false },
  ])
  const [loss, none, val] = await history.windows([
    { name: 'loss', from: 10, to: 29, pixels: 2 },
    { name: 'x' },
    { name: 'val' },
  ])
  expect(none).toBeUndefined()
  expect(loss).toMatchObject({ name: 'loss', complete: true, ghosts: [] })
  expect([...(loss?.buckets.min ?? [])]).toEqual([10, 20])
  expect([...(loss?.buckets.max ?? [])]).toEqual([19, 29])
  expect(lineOf(val)?.values).toEqual([-0, -10, -20, -30, -40, -50, -60, -70, -80, -90].map((value) => value + 0))
})

test('a thread that dies is replaced by another one, which reopens the open files and watches the same ones', async () => {
  const directory = temporaryDirectory()
  const path = join(directory, 'hotcb.metrics.jsonl')
  writeFileSync(path, lines(0, 10))
  const store = openHistoryStore({ pollMs: 5 })
  onTestFinished(() => store.close())
  const threads: Worker[] = []
  const seen = (worker: Worker): void => void threads.push(worker)
  process.on('worker', seen)
  onTestFinished(() => void process.off('worker', seen))
  const history = store.open(directory)
  expect(await history.ready()).toMatchObject({ records: 10 })
  const long = temporaryDirectory()
  writeLong(join(long, 'hotcb.metrics.jsonl'), 200_000)
  const ending = threads[0]?.terminate()
  const refused = expect(store.open(long).ready()).rejects.toThrow('the history thread died: repeat the query')
  await ending
  await refused
  appendFileSync(path, lines(10, 20))
  expect(await history.ready()).toMatchObject({ records: 20 })
  expect(await history.windows([{ name: 'loss' }])).toMatchObject([{ buckets: { points: 20 } }])
  expect(threads).toHaveLength(2)
  const grown = new Promise<HistoryOverview>((done) =>
    history.watch((overview) => overview.records > 20 && done(overview)),
  )
  await threads[1]?.terminate()
  appendFileSync(path, lines(20, 30))
  expect(await grown).toMatchObject({ records: 30 })
  expect(threads).toHaveLength(3)
})

test('a watcher is notified of growth', async () => {
  const { history, path } = setUp()
  writeFileSync(path, lines(0, 10))
  const heard: HistoryOverview[] = []
  let wake = () => {}
  const stop = history.watch((overview) => {
    heard.push(overview)
    wake()
  })
  const until = async (records: number) => {
    while (heard.at(-1)?.records !== records)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
  }
  await until(10)
  appendFileSync(path, lines(10, 20))
  await until(20)
  stop()
  await history.overview()
  const known = heard.length
  appendFileSync(path, lines(20, 30))
  expect((await history.overview()).records).toBe(30)
  expect(heard).toHaveLength(known)
})

test('invalid requests, and requests to a closed store, are refused with a reason', async () => {
  const { store, history, path } = setUp({ cacheDirectory: false })
  writeFileSync(path, lines(0, 3))
  await expect(history.windows([{ name: 'loss', pixels: 0 }])).rejects.toThrow(
    '`pixels` must be a whole number >= 1, got 0',
  )
  await expect(history.windows([{ name: 'loss', ema: { weight: 1 } }])).rejects.toThrow(
    '`weight` must be at least 0 and below 1, got 1',
  )
  await expect(history.windows([{ name: 'loss', pixel: 5 } as never])).rejects.toThrow('`pixel`')
  await expect(history.stats([{ name: 'loss', parts: [[0.5, 0.2]] }])).rejects.toThrow(
    'a part must be two fractions between 0 and 1, the smaller first, got [0.5, 0.2]',
  )
  await expect(history.pointsAround([{ name: 'loss', step: 1, points: 0 }])).rejects.toThrow(
    '`count` must be a whole number >= 1, got 0',
  )
  await history.close()
  await expect(history.overview()).rejects.toThrow('this history is closed')
  await store.close()
  await expect(history.overview()).rejects.toThrow('this history store is closed')
  expect(() => store.open('x')).toThrow('this history store is closed')
})

test('queries for long files that are opened together are answered from samples at first, and later from all lines', async () => {
  const store = openHistoryStore({ cacheDirectory: false })
  const histories = Array.from({ length: 4 }, () => {
    const dir = temporaryDirectory()
    writeFileSync(join(dir, 'hotcb.metrics.jsonl'), lines(0, 200_000))
    return store.open(dir)
  })
  const early = await Promise.all(histories.map((history) => history.windows([{ name: 'loss', pixels: 30 }])))
  for (const [window] of early) expect(window?.buckets.mean.length).toBe(30)
  for (const history of histories) expect(await history.ready()).toMatchObject({ records: 200_000, complete: true })
  for (const history of histories) {
    expect((await history.windows([{ name: 'loss' }]))[0]).toMatchObject({
      complete: true,
      buckets: { points: 200_000 },
    })
  }
  await store.close()
})

// A thread takes a second to start from sources, so tests without special options share one.
const shared = openHistoryStore({ cacheDirectory: join(tmpdir(), 'hotcb-metrics-unused'), pollMs: 5 })
afterAll(() => shared.close())

function setUp(options?: HistoryStoreOptions) {
  const directory = temporaryDirectory()
  const store = options === undefined ? shared : openHistoryStore(options)
  if (options !== undefined) onTestFinished(() => store.close())
  return { directory, store, history: store.open(directory), path: join(directory, 'hotcb.metrics.jsonl') }
}
