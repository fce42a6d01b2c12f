import { appendFileSync, mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { HistoryStoreOptions } from '../src/node.ts'
import { temporaryDirectory } from './directory.ts'
import { lineOf, lines } from './history-runs.ts'
import { openLocalStore } from './local-history.ts'

// Stores whose thread is simulated in this process. history-store.test.ts uses a real thread.

test('a file that is created later, grows, and contains a torn line is read continuously', async () => {
  const { history, path } = setUp()
  expect(await history.overview()).toMatchObject({
    exists: false,
    records: 0,
    firstStep: null,
    lastStep: null,
    names: [],
  })
  writeFileSync(path, lines(0, 3))
  expect(await history.overview()).toMatchObject({ exists: true, records: 3 })
  appendFileSync(path, '{"step":3,"metrics":{"loss":3')
  expect(await history.overview()).toMatchObject({ records: 3, complete: true })
  appendFileSync(path, '.5}}\nnot json\n\n{"step":4,"metrics":{"loss":null}}\n')
  expect(await history.overview()).toMatchObject({
    records: 5,
    badLines: { count: 1, first: { offset: expect.any(Number) } },
  })
  expect(lineOf((await history.windows([{ name: 'loss' }]))[0])).toEqual({
    steps: [0, 1, 2, 3, 4],
    values: [0, 1, 2, 3.5, null],
  })
})

test('a file that shrinks or is replaced is read again from the start', async () => {
  const { history, path } = setUp()
  writeFileSync(path, lines(0, 50))
  expect((await history.ready()).records).toBe(50)
  truncateSync(path, lines(0, 20).length)
  expect(await history.ready()).toMatchObject({ records: 20, resets: 1 })
  writeFileSync(`${path}.new`, lines(1000, 1100))
  renameSync(`${path}.new`, path)
  expect(await history.ready()).toMatchObject({ records: 100, resets: 2 })
  // Rewritten in place, and longer than before.
  writeFileSync(path, lines(5000, 5300))
  expect(await history.ready()).toMatchObject({ records: 300, resets: 3 })
  expect((await history.windows([{ name: 'loss' }]))[0]?.buckets.from).toBe(5000)
})

test('after a file is replaced by a longer copy, as by rsync, reading continues from the previous end', async () => {
  const { history, path } = setUp()
  writeFileSync(path, lines(0, 50))
  await history.ready()
  writeFileSync(`${path}.tmp`, lines(0, 80))
  renameSync(`${path}.tmp`, path)
  expect(await history.ready()).toMatchObject({ records: 80, resets: 0 })
})

test('a deleted run keeps its history, and continues when it is restored', async () => {
  const { history, path } = setUp()
  writeFileSync(path, lines(0, 50))
  await history.ready()
  rmSync(path)
  expect(await history.overview()).toMatchObject({ exists: false, records: 50 })
  writeFileSync(path, lines(0, 60))
  expect(await history.ready()).toMatchObject({ exists: true, records: 60, resets: 0 })
})

test('rewound steps are ghosts of the attempt that wrote them', async () => {
  const { history, path } = setUp()
  const at = (step: number, value: number) => `${JSON.stringify({ step, metrics: { loss: value } })}\n`
  writeFileSync(path, [at(0, 0), at(1, 1), at(2, 2), at(3, 3), at(1, 11), at(2, 12)].join(''))
  expect(await history.ready()).toMatchObject({ attempts: 2, names: [{ name: 'loss', points: 6, rewound: true }] })
  const [first] = await history.windows([{ name: 'loss' }])
  expect(lineOf(first)).toEqual({ steps: [0, 1, 2, 3], values: [0, 11, 12, 3] })
  expect(first?.ghosts.map((ghost) => ({ attempt: ghost.attempt, line: lineOf(ghost) }))).toEqual([
    { attempt: 0, line: { steps: [1, 2], values: [1, 2] } },
  ])
  appendFileSync(path, [at(3, 13), at(4, 14), at(2, 22)].join(''))
  const [second] = await history.windows([{ name: 'loss' }])
  expect(lineOf(second)).toEqual({ steps: [0, 1, 2, 3, 4], values: [0, 11, 22, 13, 14] })
  expect(second?.ghosts.map((ghost) => ({ attempt: ghost.attempt, line: lineOf(ghost) }))).toEqual([
    { attempt: 0, line: { steps: [1, 2, 3], values: [1, 2, 3] } },
    { attempt: 1, line: { steps: [2], values: [12] } },
  ])
})

test('a line with a step beyond 2^53 is malformed, and a step far from all others is left out of windows without bounds', async () => {
  const { history, path } = setUp()
  const wrong = '{"step":1e300,"metrics":{"loss":1}}\n'
  const far = '{"step":1000000000000,"metrics":{"loss":7}}\n'
  writeFileSync(path, lines(0, 200) + wrong + far + lines(200, 400))
  const overview = await history.ready()
  expect(overview).toMatchObject({
    records: 401,
    firstStep: 0,
    lastStep: 399,
    farSteps: { count: 1, lowest: 1e12, highest: 1e12 },
    badLines: { count: 1, first: { reason: '`step` must be a number within 9007199254740991 of 0, got 1e+300' } },
  })
  const [whole, end, bounded] = await history.windows([
    { name: 'loss', pixels: 10 },
    { name: 'loss', from: 300, pixels: 10 },
    { name: 'loss', from: 300, to: 1e12, pixels: 2000 },
  ])
  expect([whole?.buckets.points, whole?.buckets.count.length, whole?.buckets.to]).toEqual([400, 10, 399])
  expect([end?.buckets.points, bounded?.buckets.points]).toEqual([100, 101])
  expect(await history.stats([{ name: 'loss' }])).toMatchObject([{ count: 401 }])
})

test('runs that do not fit into memory are dropped and read again, with the same answers', async () => {
  const { store, directory } = setUp({ cacheDirectory: false, memoryBytes: 100_000 })
  const histories = Array.from({ length: 6 }, (_, run) => {
    const runDir = join(directory, `run-${run}`)
    mkdirSync(runDir)
    writeFileSync(join(runDir, 'hotcb.metrics.jsonl'), lines(run * 1000, run * 1000 + 2000))
    return store.open(runDir)
  })
  const before = await Promise.all(histories.map((history) => history.overview()))
  appendFileSync(join(directory, 'run-0', 'hotcb.metrics.jsonl'), lines(2000, 2001))
  const after = await Promise.all(histories.map((history) => history.overview()))
  expect(after.slice(1)).toEqual(before.slice(1))
  expect(after[0]).toMatchObject({ records: 2001, resets: 0 })
  const windows = await Promise.all(histories.map((history) => history.windows([{ name: 'loss', pixels: 1 }])))
  expect(windows.map(([window]) => window?.buckets.max[0])).toEqual([2000, 2999, 3999, 4999, 5999, 6999])
})

function setUp(options: HistoryStoreOptions = {}) {
  const directory = temporaryDirectory()
  const { store } = openLocalStore({ cacheDirectory: join(directory, 'unused'), ...options })
  return { directory, store, history: store.open(directory), path: join(directory, 'hotcb.metrics.jsonl') }
}
