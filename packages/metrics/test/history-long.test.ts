import { appendFileSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { clearHistoryCache, type HistoryStoreOptions } from '../src/node.ts'
import { temporaryDirectory } from './directory.ts'
import { lineOf, lines, writeLong } from './history-runs.ts'
import { openLocalStore } from './local-history.ts'

// Long files take seconds, so quick mutation tests leave this file out.

test('the first answer about a long file with long lines includes its names', async () => {
  const { history, path } = setUp()
  const names = Array.from({ length: 1500 }, (_, i) => `layers/${i}/norm`)
  let text = ''
  for (let step = 0; step < 300; step++) {
    text += `${JSON.stringify({ step, metrics: Object.fromEntries(names.map((name, i) => [name, step + i])) })}\n`
  }
  writeFileSync(path, text)
  expect((await history.overview()).names.map(({ name }) => name)).toEqual(names)
})

test('a long file is sampled immediately, read completely, cached on disk, and reopened without being read', async () => {
  const { store, directory, path } = setUp()
  writeLong(path, 120_000)
  const history = store.open(directory)
  const [early] = await history.windows([{ name: 'm0' }])
  const overview = await history.overview()
  expect(early?.buckets.points).toBeGreaterThan(100)
  if (!overview.complete) expect(early?.complete).toBe(false)
  const whole = await history.ready()
  expect(whole).toMatchObject({ records: 120_000, complete: true, error: null })
  const [exact] = await history.windows([{ name: 'm0', pixels: 500 }])
  expect(exact).toMatchObject({ complete: true })
  expect(exact?.buckets.points).toBe(120_000)
  expect(Math.max(...(exact?.buckets.max ?? []))).toBe(1e9)
  await history.close()
  const cache = join(directory, '.hotcb-cache', 'hotcb.metrics.jsonl')
  expect(readdirSync(cache)).toContain('index.json')
  const { mark } = JSON.parse(readFileSync(join(cache, 'index.json'), 'utf8'))
  expect(mark.offset).toBe(whole.bytes)
  appendFileSync(path, '{"step":120000,"metrics":{"m0":7,"new":1}}\n')
  const reopened = store.open(directory)
  expect(await reopened.overview()).toMatchObject({
    records: 120_001,
    firstStep: 0,
    lastStep: 120_000,
    complete: true,
    resets: 0,
  })
  const [same, fresh] = await reopened.windows([{ name: 'm0', to: 119_999, pixels: 500 }, { name: 'new' }])
  expect(same).toEqual(exact)
  expect(lineOf(fresh)).toEqual({ steps: [120_000], values: [1] })
})

test('the cache for a replaced file is not used', async () => {
  const { store, directory, path } = setUp()
  writeLong(path, 60_000)
  const first = store.open(directory)
  await first.ready()
  await first.close()
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.replaceAll('"m0"', '"n0"'))
  const second = store.open(directory)
  expect((await second.ready()).names.map(({ name }) => name)).not.toContain('m0')
})

test('a damaged cache is rebuilt', async () => {
  const { store, directory, path } = setUp()
  writeLong(path, 60_000)
  const first = store.open(directory)
  await first.ready()
  await first.close()
  const cache = join(directory, '.hotcb-cache', 'hotcb.metrics.jsonl')
  for (const name of readdirSync(cache)) if (name.endsWith('.columns')) truncateSync(join(cache, name), 1000)
  const second = store.open(directory)
  expect(await second.ready()).toMatchObject({ records: 60_000, error: null })
  const [window] = await second.windows([{ name: 'm1' }])
  expect(window?.buckets.points).toBe(60_000)
})

test('a cache with a different version is ignored, and replaced by one for the whole file', async () => {
  const { store, directory, path } = setUp()
  writeLong(path, 60_000)
  const first = store.open(directory)
  await first.ready()
  await first.close()
  const index = join(directory, '.hotcb-cache', 'hotcb.metrics.jsonl', 'index.json')
  const ours = JSON.parse(readFileSync(index, 'utf8'))
  writeFileSync(index, JSON.stringify({ ...ours, version: 1, names: [] }))
  const second = store.open(directory)
  expect(await second.ready()).toMatchObject({ records: 60_000, error: null })
  expect((await second.stats([{ name: 'm1' }]))[0]).toMatchObject({ count: 60_000, lastTime: 59_999.5 })
  expect(JSON.parse(readFileSync(index, 'utf8')).version).toBe(2)
})

test('for a read-only run directory the cache is in the user\u2019s directory, and clearing that returns its size', async () => {
  const { directory, path } = setUp()
  writeLong(path, 60_000)
  // A file at this path simulates a read-only directory, which root could write to.
  writeFileSync(join(directory, '.hotcb-cache'), '')
  const cacheDirectory = join(directory, 'user-cache')
  const { store } = openLocalStore({ cacheDirectory })
  const history = store.open(directory)
  await history.ready()
  await history.close()
  expect(readdirSync(cacheDirectory)).toHaveLength(1)
  expect(clearHistoryCache(cacheDirectory)).toBeGreaterThan(1e6)
  expect(existsSync(cacheDirectory)).toBe(false)
})

test('without a cache directory nothing is written, and the answers are equal', async () => {
  const { store, directory, path } = setUp({ cacheDirectory: false, memoryBytes: 0 })
  writeLong(path, 60_000)
  const history = store.open(directory)
  await history.ready()
  const [window] = await history.windows([{ name: 'm2', pixels: 10 }])
  expect(window?.buckets.points).toBe(60_000)
  expect(readdirSync(directory)).toEqual(['hotcb.metrics.jsonl'])
})

test('lines longer than a slice are read whole, one over 16 MiB is skipped as malformed, and a byte order mark is not data', async () => {
  const long = JSON.stringify({ step: 1, metrics: { a: 1 }, note: 'x'.repeat(1_500_000) })
  const { history, path } = setUp()
  writeFileSync(path, `\uFEFF{"step":0,"metrics":{"a":0}}\n${long}\n${'y'.repeat(17 * 2 ** 20)}\n${lines(2, 4)}`)
  const offset = 3 + '{"step":0,"metrics":{"a":0}}\n'.length + long.length + 1
  expect(await history.ready()).toMatchObject({
    records: 4,
    firstStep: 0,
    lastStep: 3,
    complete: true,
    badLines: { count: 1, first: { offset, reason: 'the line is longer than 16 MiB' } },
  })
})

function setUp(options: HistoryStoreOptions = {}) {
  const directory = temporaryDirectory()
  const { store } = openLocalStore({ cacheDirectory: join(directory, 'unused'), ...options })
  return { directory, store, history: store.open(directory), path: join(directory, 'hotcb.metrics.jsonl') }
}
