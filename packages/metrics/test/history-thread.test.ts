import { appendFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { HistoryOverview, HistoryStoreOptions } from '../src/node.ts'
import { openHistoryStore } from '../src/node.ts'
import { temporaryDirectory } from './directory.ts'
import { lines } from './history-runs.ts'
import { openLocalStore } from './local-history.ts'

// What a store requires of its thread, and what it sends to it.

function setUp(options: HistoryStoreOptions = {}) {
  const directory = temporaryDirectory()
  const path = join(directory, 'hotcb.metrics.jsonl')
  writeFileSync(path, lines(0, 10))
  return { directory, path, ...openLocalStore({ cacheDirectory: false, ...options }) }
}

describe('the thread of a store', () => {
  test('starts with the first history and the options of the store, and opens files in order', async () => {
    const { store, threads, directory, path } = setUp({ pollMs: 7, memoryBytes: 12_345 })
    expect(threads).toHaveLength(0)
    const first = store.open(directory)
    const second = store.open(join(directory, 'other'), { within: [directory] })
    expect(await first.overview()).toMatchObject({ path: resolve(path), records: 10 })
    expect(await second.overview()).toMatchObject({ exists: false })
    expect(threads).toHaveLength(1)
    expect(threads[0]?.data).toEqual({ pollMs: 7, memoryBytes: 12_345 })
    const opened = threads[0]?.received.filter(({ kind }) => kind === 'open')
    expect(opened).toMatchObject([
      { file: 1, path: resolve(path), cacheDirectory: false },
      { file: 2, path: join(resolve(directory), 'other', 'hotcb.metrics.jsonl'), within: [directory] },
    ])
  })

  test('has defaults of 50 ms and 208 MiB', () => {
    const { store, threads, directory } = setUp({ pollMs: undefined })
    store.open(directory)
    expect(threads[0]?.data).toEqual({ pollMs: 50, memoryBytes: 208 * 1024 * 1024 })
  })

  test('keeps the process alive only while a query is pending', async () => {
    const { store, threads, directory } = setUp()
    const history = store.open(directory)
    expect(threads[0]?.isHeld).toBe(false)
    const asked = [history.overview(), history.ready()]
    expect(threads[0]?.isHeld).toBe(true)
    await asked[0]
    await asked[1]
    expect(threads[0]?.isHeld).toBe(false)
  })

  test('rejects the pending queries with the cause when it dies, and the next query starts another thread', async () => {
    const { store, threads, directory } = setUp()
    const history = store.open(directory)
    await history.ready()
    const refused = history.overview()
    threads[0]?.emit('error', new Error('out of memory'))
    await expect(refused).rejects.toThrow('the history thread died: repeat the query')
    await expect(refused).rejects.toMatchObject({ cause: new Error('out of memory') })
    await threads[0]?.terminate()
    expect(threads).toHaveLength(1)
    expect(await history.overview()).toMatchObject({ records: 10 })
    expect(threads).toHaveLength(2)
    // The end of the first thread does not affect the second.
    threads[0]?.emit('exit', 1)
    expect(await history.overview()).toMatchObject({ records: 10 })
    expect(threads).toHaveLength(2)
    const ended = history.overview()
    void threads[1]?.terminate()
    await expect(ended).rejects.toMatchObject({ cause: new Error('it exited with code 1') })
  })

  test('is replaced a second after it dies if a file is watched, and otherwise not', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { store, threads, directory, path } = setUp()
      const history = store.open(directory)
      const heard: number[] = []
      const stop = history.watch(({ records }) => heard.push(records))
      await vi.waitFor(() => expect(heard).toEqual([10]), { interval: 5, timeout: 300_000 })
      await threads[0]?.terminate()
      await vi.advanceTimersByTimeAsync(999)
      expect(threads).toHaveLength(1)
      await vi.advanceTimersByTimeAsync(1)
      expect(threads).toHaveLength(2)
      expect(threads[1]?.received.map(({ kind }) => kind)).toEqual(['open', 'watch'])
      appendFileSync(path, lines(10, 20))
      await vi.waitFor(() => expect(heard.at(-1)).toBe(20), { interval: 5, timeout: 300_000 })
      stop()
      await threads[1]?.terminate()
      await vi.advanceTimersByTimeAsync(5000)
      expect(threads).toHaveLength(2)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('watching', () => {
  test('is requested once for all listeners, and ended with the last of them', async () => {
    const { store, threads, directory, path } = setUp()
    const history = store.open(directory)
    const heard: [number, number][] = []
    const stops = [1, 2].map((who) => history.watch(({ records }) => heard.push([who, records])))
    await vi.waitFor(
      () =>
        expect(heard).toEqual([
          [1, 10],
          [2, 10],
        ]),
      { interval: 5, timeout: 300_000 },
    )
    const kinds = () => threads[0]?.received.map(({ kind }) => kind).filter((kind) => kind.endsWith('watch'))
    expect(kinds()).toEqual(['watch'])
    stops[0]?.()
    stops[0]?.()
    expect(kinds()).toEqual(['watch'])
    appendFileSync(path, lines(10, 12))
    await vi.waitFor(() => expect(heard.at(-1)).toEqual([2, 12]), { interval: 5, timeout: 300_000 })
    expect(heard).toHaveLength(3)
    stops[1]?.()
    stops[1]?.()
    expect(kinds()).toEqual(['watch', 'unwatch'])
    const again = history.watch(() => {})
    expect(kinds()).toEqual(['watch', 'unwatch', 'watch'])
    again()
  })

  test('ends when its history is closed, and stopping it afterwards has no effect', async () => {
    const { store, threads, directory, path } = setUp()
    const history = store.open(directory)
    const heard: HistoryOverview[] = []
    const stop = history.watch((overview) => heard.push(overview))
    await vi.waitFor(() => expect(heard).toHaveLength(1), { interval: 5, timeout: 300_000 })
    await history.close()
    appendFileSync(path, lines(10, 12))
    await expect(history.overview()).rejects.toThrow('this history is closed')
    expect(heard).toHaveLength(1)
    await store.close()
    stop()
    expect(threads[0]?.isEnded).toBe(true)
    expect(threads[0]?.received.map(({ kind }) => kind)).not.toContain('unwatch')
  })
})

test('a closed store rejects its pending queries and every later one, and can be closed again', async () => {
  const { store, threads, directory } = setUp()
  const history = store.open(directory)
  await history.ready()
  const refused = expect(history.overview()).rejects.toThrow('this history store is closed')
  await store.close()
  await store.close()
  await refused
  await expect(history.ready()).rejects.toThrow('this history store is closed')
  await history.close()
  expect(() => store.open(directory)).toThrow(new TypeError('this history store is closed'))
  expect(threads).toHaveLength(1)
  await openLocalStore().store.close()
  expect(() => openHistoryStore({ poll: 5 } as never)).toThrow(TypeError)
})
