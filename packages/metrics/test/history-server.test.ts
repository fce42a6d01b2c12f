import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { HistoryServer } from '../src/node/history/history-server.ts'
import type { HistoryMessage, HistoryRequest } from '../src/node/history/messages.ts'
import { temporaryDirectory } from './directory.ts'
import { lines } from './history-runs.ts'

// The server alone, with a clock that the test controls; history.test.ts tests it through a store.

type Asked = HistoryRequest extends infer Each ? (Each extends unknown ? Omit<Each, 'id' | 'file'> : never) : never

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate'] })
  onTestFinished(() => void vi.useRealTimers())
})

function setUp(memoryBytes = 1e9) {
  const messages: HistoryMessage[] = []
  const server = new HistoryServer({ memoryBytes }, (message) => messages.push(message))
  let id = 0
  const directory = temporaryDirectory()
  const ask = (file: number, asked: Asked): unknown => {
    server.receive({ id: ++id, file, ...asked } as HistoryRequest)
    const answer = messages.find((message) => message.kind !== 'change' && message.id === id)
    return answer?.kind === 'answer' ? answer.value : answer
  }
  const open = (file: number, text: string): string => {
    const path = join(directory, `${file}.jsonl`)
    writeFileSync(path, text)
    server.receive({ id: 0, file, kind: 'open', path, cacheDirectory: false, within: undefined })
    onTestFinished(() => server.receive({ id: -1, file, kind: 'close' }))
    return path
  }
  const changes = () =>
    messages.flatMap((message) => (message.kind === 'change' ? [[message.file, message.overview.records]] : []))
  return { server, messages, ask, open, changes }
}

/** More than is read in one go before an answer. */
const LONG = `${'x'.repeat(2 ** 20)}\n`.repeat(9)

describe('a request', () => {
  test('about a short file is answered immediately, from all of its lines', () => {
    const { ask, open } = setUp()
    const path = open(1, lines(0, 50))
    expect(ask(1, { kind: 'overview' })).toMatchObject({ records: 50, complete: true })
    appendFileSync(path, lines(50, 60))
    expect(ask(1, { kind: 'ready' })).toMatchObject({ records: 60 })
    appendFileSync(path, lines(60, 70))
    expect(ask(1, { kind: 'windows', requests: [{ name: 'loss', pixels: 1 }, { name: 'none' }] })).toMatchObject([{ buckets: { points: 70 } }, undefined]) // biome-ignore format: short
    expect(ask(1, { kind: 'stats', requests: [{ name: 'val' }] })).toMatchObject([{ name: 'val', count: 7 }])
    expect(ask(1, { kind: 'around', requests: [{ name: 'loss', step: 5, points: 1 }] })).toMatchObject([{ steps: Float64Array.of(4, 5, 6) }]) // biome-ignore format: short
  })

  test('that is invalid, or about a file that is not open, fails with a reason, and the next one is answered', () => {
    const { ask, open } = setUp()
    open(1, lines(0, 5))
    expect(ask(1, { kind: 'windows', requests: [{ name: 'loss', pixels: 0 }] })).toEqual({
      kind: 'failure',
      id: 1,
      message: '`pixels` must be a whole number >= 1, got 0',
    })
    expect(ask(2, { kind: 'overview' })).toEqual({ kind: 'failure', id: 2, message: 'this history is closed' })
    expect(ask(1, { kind: 'overview' })).toMatchObject({ records: 5 })
    expect(ask(1, { kind: 'close' })).toBe(null)
    expect(ask(1, { kind: 'overview' })).toMatchObject({ kind: 'failure', message: 'this history is closed' })
  })

  test('to read a long file is answered when it has been read, or fails when the file is closed', async () => {
    const { ask, open, messages } = setUp()
    open(1, LONG + lines(0, 10))
    expect(ask(1, { kind: 'ready' })).toBeUndefined()
    expect(ask(1, { kind: 'overview' })).toMatchObject({ complete: false })
    await vi.advanceTimersByTimeAsync(1000)
    expect(messages.find((message) => message.kind === 'answer' && message.id === 1)).toMatchObject({
      value: { complete: true, records: 10, badLines: { count: 9 } },
    })
    open(2, LONG)
    expect(ask(2, { kind: 'ready' })).toBeUndefined()
    expect(ask(2, { kind: 'close' })).toBe(null)
    expect(messages.at(-2)).toEqual({ kind: 'failure', id: 3, message: 'this history is closed' })
  })
})

describe('reading', () => {
  test('pauses while requests arrive, but not for more than 200 ms', async () => {
    const { ask, open, messages } = setUp()
    open(1, LONG)
    ask(1, { kind: 'ready' })
    const isRead = () => messages.some((message) => message.kind === 'answer' && message.id === 1)
    let waitedMs = 0
    for (; waitedMs < 1000 && !isRead(); waitedMs += 10) {
      ask(1, { kind: 'stats', requests: [] })
      await vi.advanceTimersByTimeAsync(10)
    }
    expect(waitedMs).toBeGreaterThanOrEqual(200)
    expect(waitedMs).toBeLessThanOrEqual(300)
  })

  test('begins 40 ms after the last request', async () => {
    const { ask, open } = setUp()
    open(1, LONG)
    ask(1, { kind: 'ready' })
    await vi.advanceTimersByTimeAsync(39)
    const indexed = (): unknown => ask(1, { kind: 'overview' })
    expect(indexed()).toMatchObject({ indexedBytes: 0 })
    await vi.advanceTimersByTimeAsync(90)
    expect(indexed()).toMatchObject({ complete: true })
  })

  test('first finishes the file with the fewest unread bytes', async () => {
    const { ask, open, messages } = setUp()
    open(1, LONG + LONG + LONG)
    open(2, LONG)
    open(3, LONG + LONG)
    for (const file of [1, 2, 3]) ask(file, { kind: 'ready' })
    await vi.advanceTimersByTimeAsync(2000)
    expect(messages.flatMap((message) => (message.kind === 'answer' ? [message.id] : []))).toEqual([2, 3, 1])
  })

  test('continues automatically after a file has grown a lot, and stops when everything has been read', async () => {
    const { ask, open, server } = setUp()
    const path = open(1, lines(0, 10))
    ask(1, { kind: 'ready' })
    await vi.advanceTimersByTimeAsync(1000)
    expect(vi.getTimerCount()).toBe(0)
    ask(1, { kind: 'watch' })
    appendFileSync(path, LONG + lines(10, 20))
    server.check()
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(1000)
    expect(ask(1, { kind: 'overview' })).toMatchObject({ records: 20, complete: true })
  })
})

describe('a watched file', () => {
  test('is reported once for each change, and an unwatched file is not', () => {
    const { ask, open, server, changes } = setUp()
    const [path, other] = [open(1, lines(0, 10)), open(2, lines(0, 10))]
    for (const file of [1, 2]) ask(file, { kind: 'overview' })
    ask(1, { kind: 'watch' })
    server.check()
    server.check()
    expect(changes()).toEqual([[1, 10]])
    for (const each of [path, other]) appendFileSync(each, lines(10, 12))
    server.check()
    server.check()
    expect(changes()).toEqual([
      [1, 10],
      [1, 12],
    ])
    ask(1, { kind: 'unwatch' })
    appendFileSync(path, lines(12, 13))
    server.check()
    expect(changes()).toHaveLength(2)
    expect(ask(1, { kind: 'overview' })).toMatchObject({ records: 13 })
  })

  test('is reported while it is being read', async () => {
    const { ask, open, server, changes, messages } = setUp()
    open(1, LONG + lines(0, 10))
    ask(1, { kind: 'watch' })
    server.check()
    await vi.advanceTimersByTimeAsync(1000)
    server.check()
    expect(changes().at(-1)).toEqual([1, 10])
    const last = messages.findLast((message) => message.kind === 'change')
    expect(last).toMatchObject({ overview: { complete: true } })
  })
})

describe('memory', () => {
  const recordsOf = (ask: ReturnType<typeof setUp>['ask'], file: number) => ask(file, { kind: 'overview' })

  test('keeps every file within the limit, and above it only the most recently used ones', async () => {
    const text = lines(0, 4000)
    const plain = setUp()
    plain.open(1, text)
    plain.ask(1, { kind: 'ready' })
    // Each file uses at least 18 bytes for each of its 4400 points, and 16 for each of its 4096 record positions.
    const one = 18 * 4400 + 16 * 4096
    for (const [limit, kept] of [
      [5 * one, 3],
      [2.5 * one, 2],
      [1, 1],
    ] as const) {
      const { ask, open } = setUp(limit)
      const paths = [1, 2, 3].map((file) => open(file, text))
      for (const file of [1, 2, 3]) ask(file, { kind: 'ready' })
      // A file that was dropped is read from the start, so replacing it with a shorter one is not a reset.
      for (const path of paths) writeFileSync(path, lines(0, 10))
      const dropped = [3, 2, 1].filter((file) => (recordsOf(ask, file) as { resets: number }).resets === 0)
      expect(dropped).toEqual([3, 2, 1].slice(kept))
    }
  })

  test('drops cached series first above the limit, and never a watched file', () => {
    const { ask, open } = setUp(1)
    const path = open(1, lines(0, 4000))
    ask(1, { kind: 'watch' })
    ask(1, { kind: 'stats', requests: [{ name: 'loss' }] })
    open(2, lines(0, 10))
    ask(2, { kind: 'overview' })
    writeFileSync(path, lines(0, 10))
    expect(recordsOf(ask, 1)).toMatchObject({ records: 10, resets: 1 })
  })
})
