import { appendFileSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { LineFeed } from '../../src/server/line-feed.ts'
import type { LineStream } from '../../src/server/streams/stream.ts'
import { temporaryRoot } from '../fixture.ts'
import { wireClient } from './wire-client.ts'

/** Encodes everything that it receives. */
const STREAM: LineStream<unknown> = {
  ...{ kind: 'lines', file: 'f' },
  open:
    ({ livePoints }) =>
    (lines, reading) =>
    (names) => ({ lines: lines.map(({ text }) => text), reading, names: names && [...names], livePoints }),
}

function openFeed(text = 'old\n') {
  const root = realpathSync(temporaryRoot())
  const path = join(root, 'f')
  writeFileSync(path, text)
  const feed = new LineFeed({
    ...{ run: 'r', channel: 'log', stream: STREAM, path, roots: [root], livePoints: 7, catchUpBytes: 40 },
  })
  onTestFinished(() => feed.close())
  return { feed, path, append: (more: string) => appendFileSync(path, more) }
}

const CURSOR = expect.any(String)
function data(lines: readonly string[], reading: string, names?: readonly string[]): object {
  const sent = { lines, reading, livePoints: 7, ...(names !== undefined && { names }) }
  return { type: 'data', run: 'r', channel: 'log', cursor: CURSOR, data: sent }
}
function restart(reason: string): object {
  return { type: 'restart', run: 'r', channel: 'log', cursor: CURSOR, reason }
}
/** The cursor of a message. */
const cursorOf = (message: unknown): string => (message as { readonly cursor: string }).cursor

test('a client without a cursor receives its position, and then each new line once', async () => {
  const { feed, append } = openFeed()
  const client = wireClient()
  await feed.subscribe(client, null, undefined)
  expect(client.taken()).toEqual([data([], 'greeting')])
  expect([await feed.turn(), client.taken()]).toEqual([false, []])
  append('a\nb\nhalf')
  expect([await feed.turn(), client.taken()]).toEqual([true, [data(['a', 'b'], 'new')]])
  append(' done\n')
  expect([await feed.turn(), client.taken()]).toEqual([true, [data(['half done'], 'new')]])
  expect([await feed.turn(), client.taken()]).toEqual([false, []])
})

test('a client with a cursor receives the lines since then, while the others receive nothing twice', async () => {
  const { feed, append } = openFeed()
  const [first, later] = [wireClient('a'), wireClient('b')]
  await feed.subscribe(first, null, undefined)
  const cursor = cursorOf(first.taken()[0])
  append('a\n')
  await feed.subscribe(later, cursor, ['x'])
  expect([first.taken(), later.taken()]).toEqual([[data(['a'], 'new')], []])
  expect(await feed.turn()).toBe(false)
  expect([first.taken(), later.taken()]).toEqual([[], [data(['a'], 'behind', ['x'])]])
  append('b\n')
  expect(await feed.turn()).toBe(true)
  expect([first.taken(), later.taken()]).toEqual([[data(['b'], 'new')], [data(['b'], 'new', ['x'])]])
})

test('a feed whose first client has a cursor begins there', async () => {
  const { feed, path, append } = openFeed()
  const client = wireClient()
  await feed.subscribe(client, null, undefined)
  const cursor = cursorOf(client.taken()[0])
  append('a\n')
  const again = new LineFeed({
    ...{ run: 'r', channel: 'log', stream: STREAM, path, roots: [join(path, '..')], livePoints: 7, catchUpBytes: 40 },
  })
  onTestFinished(() => again.close())
  await again.subscribe(client, cursor, undefined)
  await again.turn()
  expect(client.taken()).toEqual([data(['a'], 'behind')])
})

test('clients that follow the same metrics share the same bytes', async () => {
  const { feed, append } = openFeed()
  const clients = [['x', 'y'], ['y', 'x'], ['x'], undefined].map((names) => ({ names, client: wireClient() }))
  for (const { names, client } of clients) await feed.subscribe(client, null, names)
  append('a\n')
  await feed.turn()
  const [first, second, third, all] = clients.map(({ client }) => client.bytes[0])
  expect([second === first, third === first, all === first]).toEqual([true, false, false])
  expect(JSON.parse(String(third))).toEqual(data(['a'], 'new', ['x']))
  expect(JSON.parse(String(all))).toEqual(data(['a'], 'new'))
})

test('a slow client is left out until it has read, and then receives its lines separately', async () => {
  const { feed, append } = openFeed()
  const [slow, fast] = [wireClient('slow'), wireClient('fast')]
  for (const client of [slow, fast]) await feed.subscribe(client, null, undefined)
  for (const client of [slow, fast]) client.taken()
  slow.isBehind = true
  append('a\n')
  await feed.turn()
  append('b\n')
  await feed.turn()
  expect([slow.taken(), fast.taken()]).toEqual([[], [data(['a'], 'new'), data(['b'], 'new')]])
  slow.isBehind = false
  append('c\n')
  await feed.turn()
  expect([slow.taken(), fast.taken()]).toEqual([[data(['a', 'b', 'c'], 'behind')], [data(['c'], 'new')]])
})

test('a client that is further behind than the limit must start over', async () => {
  for (const [extra, expected] of [
    ['', data(['x'.repeat(39)], 'behind')],
    ['x', restart('behind')],
  ] as const) {
    const { feed, append } = openFeed()
    const client = wireClient()
    await feed.subscribe(client, null, undefined)
    client.taken()
    client.isBehind = true
    append(`${'x'.repeat(39)}${extra}\n`)
    await feed.turn()
    client.isBehind = false
    expect([await feed.turn(), client.taken(), feed.subscriptions.size]).toEqual([false, [expected], extra ? 0 : 1])
  }
})

test('a cursor that matches no line of the file is refused, and the client is not added', async () => {
  const { feed } = openFeed()
  const client = wireClient()
  await feed.subscribe(client, 'no cursor', undefined)
  expect([client.taken(), feed.subscriptions.size, feed.isIdle]).toEqual([[restart('replaced')], 0, true])
})

test('when a file is replaced, all clients start over', async () => {
  const { feed, path, append } = openFeed('one\ntwo\nthree\n')
  const clients = [wireClient('a'), wireClient('b')]
  for (const client of clients) await feed.subscribe(client, null, undefined)
  for (const client of clients) client.taken()
  writeFileSync(path, 'new\n')
  expect(await feed.turn()).toBe(true)
  expect(clients.map((client) => client.taken())).toEqual([[restart('replaced')], [restart('replaced')]])
  expect(feed.isIdle).toBe(true)
  const [client] = clients
  if (client !== undefined) await feed.subscribe(client, null, undefined)
  append('more\n')
  await feed.turn()
  expect(client?.taken()).toEqual([data([], 'greeting'), data(['more'], 'new')])
})

test('each client receives once that a file cannot be read', async () => {
  const { feed, path } = openFeed()
  const [early, late] = [wireClient('early'), wireClient('late')]
  await feed.subscribe(early, null, undefined)
  early.taken()
  rmSync(path)
  mkdirSync(path)
  for (let i = 0; i < 2; i++) await feed.turn()
  const error = { type: 'error', run: 'r', channel: 'log', message: expect.stringContaining(path) }
  const told = early.taken()
  expect(told.filter((one) => (one as { type: string }).type === 'error')).toEqual([error])
  await feed.subscribe(late, null, undefined)
  expect(late.taken()).toEqual([error, data([], 'greeting')])
  expect(early.taken()).toEqual([])
})

test('a feed is idle without clients, and a client is added only once', async () => {
  const { feed } = openFeed()
  const [client, other] = [wireClient('a'), wireClient('b')]
  expect(feed.isIdle).toBe(true)
  const adding = feed.subscribe(client, null, undefined)
  expect([feed.isIdle, feed.subscriptions.size]).toEqual([false, 0])
  await adding
  await feed.subscribe(client, null, ['x'])
  await feed.subscribe(other, null, undefined)
  expect([...feed.subscriptions].map(({ group }) => group)).toEqual(['x', '*'])
  const turns = [feed.turn(), feed.turn()]
  expect(await turns[1]).toBe(false)
  await turns[0]
  feed.unsubscribe(client)
  expect([feed.isIdle, feed.subscriptions.size]).toEqual([false, 1])
  feed.unsubscribe(other)
  expect(feed.isIdle).toBe(true)
})
