import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DocumentFeed } from '../../src/server/document-feed.ts'
import type { RunRegistry } from '../../src/server/run-registry.ts'
import type { DocumentStream } from '../../src/server/streams/stream.ts'
import { wireClient } from './wire-client.ts'

// The streams of these tests do not use it.
const REGISTRY = {} as RunRegistry
let feed: DocumentFeed
let warnings: string[]
beforeEach(() => {
  vi.useFakeTimers()
  warnings = []
  feed = new DocumentFeed(REGISTRY, (message) => void warnings.push(message))
})
afterEach(() => {
  feed.close()
  vi.useRealTimers()
})

const turn = (): Promise<unknown> => vi.advanceTimersByTimeAsync(250)
const data = (value: unknown, run = 'r'): object => ({ type: 'data', run, channel: 'state', data: value })

/** A document whose value the test sets; `asked` are the arguments of each check. */
function documentOf(value: unknown, more: Partial<DocumentStream<unknown>> = {}) {
  const asked: unknown[] = []
  const state = { value, asked }
  const stream: DocumentStream<unknown> = {
    ...{ kind: 'document', scope: 'run', isDue: () => true },
    async next(_, run, clients) {
      asked.push([run, [...clients].map(({ id }) => id)])
      if (state.value instanceof Error) throw state.value
      return state.value
    },
    ...more,
  }
  return { state, stream }
}

test('a document is sent at once, and again only when it has changed', async () => {
  const { state, stream } = documentOf({ n: 1 })
  const client = wireClient()
  await feed.subscribe(client, 'state', stream, 'r')
  expect(client.taken()).toEqual([data({ n: 1 })])
  await turn()
  expect(client.taken()).toEqual([])
  state.value = { n: 2 }
  await vi.advanceTimersByTimeAsync(249)
  expect(client.taken()).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(client.taken()).toEqual([data({ n: 2 })])
  state.value = undefined
  await turn()
  expect(client.taken()).toEqual([])
  state.value = 'gone'
  await turn()
  expect(client.taken()).toEqual([{ type: 'gone', run: 'r' }])
  expect(state.asked).toEqual(Array.from({ length: 5 }, () => ['r', ['c']]))
})

test('a new client makes all clients of the document receive it, as the same bytes', async () => {
  const { stream } = documentOf(7)
  const [first, second] = [wireClient('a'), wireClient('b')]
  for (const client of [first, second]) await feed.subscribe(client, 'state', stream, 'r')
  expect([first.taken(), second.taken()]).toEqual([[data(7), data(7)], [data(7)]])
  expect(first.bytes[1]).toBe(second.bytes[0])
})

test('a slow client receives the latest version once it has read', async () => {
  const { state, stream } = documentOf(1)
  const [slow, fast] = [wireClient('slow'), wireClient('fast')]
  slow.isBehind = true
  for (const client of [slow, fast]) await feed.subscribe(client, 'state', stream, 'r')
  fast.taken()
  state.value = 2
  await turn()
  expect([slow.taken(), fast.taken()]).toEqual([[], [data(2)]])
  slow.isBehind = false
  await turn()
  expect(slow.taken()).toEqual([data(2)])
  fast.taken()
  await turn()
  expect([slow.taken(), fast.taken()]).toEqual([[], []])
})

test('a first message is for the new client only, and all runs share a document with the scope `site`', async () => {
  const { state, stream } = documentOf(undefined, { scope: 'site', first: async () => 'all' })
  const [first, second] = [wireClient('a'), wireClient('b')]
  for (const client of [first, second]) await feed.subscribe(client, 'state', stream, client.id)
  expect([first.taken(), second.taken()]).toEqual([[data('all', '')], [data('all', '')]])
  state.value = 'change'
  await turn()
  expect([first.taken(), second.taken()]).toEqual([[data('change', '')], [data('change', '')]])
  feed.unsubscribe(first, 'state', 'any run')
  state.value = 'next'
  await turn()
  expect([first.taken(), second.taken()]).toEqual([[], [data('next', '')]])
})

test('a document is checked only in the turns in which it is due, and only while it has clients', async () => {
  const turns: number[] = []
  const isDue = (_: RunRegistry, number: number): boolean => turns.push(number) % 2 === 0
  const { state, stream } = documentOf(1, { isDue })
  const client = wireClient()
  await feed.subscribe(client, 'state', stream, 'r')
  for (let i = 0; i < 4; i++) await turn()
  expect([turns, state.asked.length]).toEqual([[1, 2, 3, 4], 3])
  feed.unsubscribe(client, 'state', 'other')
  await turn()
  expect(turns).toHaveLength(5)
  feed.unsubscribe(client, 'state', 'r')
  for (let i = 0; i < 3; i++) await turn()
  expect(turns).toHaveLength(5)
  await feed.subscribe(client, 'state', stream, 'r')
  await turn()
  expect(turns.at(-1)).toBeGreaterThan(5)
})

test('a client that leaves is removed from all documents, and a closed feed checks nothing', async () => {
  const [one, two] = [documentOf(1), documentOf(1)]
  const [stays, leaves] = [wireClient('stays'), wireClient('leaves')]
  for (const client of [stays, leaves]) await feed.subscribe(client, 'state', one.stream, 'r')
  await feed.subscribe(leaves, 'people', two.stream, 'r')
  feed.leave(leaves)
  await turn()
  expect([one.state.asked.at(-1), two.state.asked.length]).toEqual([['r', ['stays']], 1])
  const before = one.state.asked.length
  feed.close()
  for (let i = 0; i < 3; i++) await turn()
  expect(one.state.asked).toHaveLength(before)
})

test('a problem is a warning once, until it is another one or was solved in between', async () => {
  const { state, stream } = documentOf(1)
  await feed.subscribe(wireClient(), 'state', stream, 'r')
  for (const value of [new Error('bad\u0007'), new Error('bad\u0007'), new Error('worse'), 3, new Error('worse')]) {
    state.value = value
    await turn()
  }
  expect(warnings).toEqual(['state r: bad\ufffd', 'state r: worse', 'state r: worse'])
})

test('the first check of a client fails with its problem', async () => {
  const { stream } = documentOf(new Error('unreadable'))
  await expect(feed.subscribe(wireClient(), 'state', stream, 'r')).rejects.toThrow('unreadable')
  expect(warnings).toEqual([])
})
