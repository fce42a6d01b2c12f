import { EventEmitter } from 'node:events'
import { PROTOCOL_VERSION } from '@hotcb/protocol'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { readDashboardConfig } from '../../src/server/config.ts'
import { createHub, type Hub } from '../../src/server/hub.ts'
import type { RunRegistry } from '../../src/server/run-registry.ts'

/** A socket that records what the server does with it. */
class RecordedSocket extends EventEmitter {
  readonly readyState = 1
  readonly bufferedAmount = 0
  readonly done: unknown[] = []
  send = (text: string | Buffer): void => void this.done.push(JSON.parse(String(text)))
  ping = (): void => void this.done.push('ping')
  terminate = (): void => void this.done.push('terminate')
  close(code: number, reason: string): void {
    this.done.push([code, reason])
  }
  say(message: unknown, isBinary = false): void {
    this.emit('message', typeof message === 'string' ? message : JSON.stringify(message), isBinary)
  }
}

// The hub uses only these parts.
const REGISTRY = {
  find: async (id: string) => (id === 'r' ? { id, dir: '/nowhere', roots: [] } : undefined),
  rows: () => Promise.reject(new Error('no rows today')),
} as unknown as RunRegistry

let hub: Hub
let lets: boolean
beforeEach(() => {
  vi.useFakeTimers()
  lets = true
  const config = readDashboardConfig({ options: { ws_clients: 2 } })
  hub = createHub({ registry: REGISTRY, config, instance: 'i', version: '1.2.3', warn: () => undefined })
})
afterEach(async () => {
  await hub.close()
  vi.useRealTimers()
})

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)
function attach(user: string | null = 'ada'): RecordedSocket {
  const socket = new RecordedSocket()
  hub.attach(socket as unknown as WebSocket, { user, role: 'operator' }, () => lets)
  return socket
}
/** What the server did with a socket since the last call. */
async function doneTo(socket: RecordedSocket): Promise<readonly unknown[]> {
  await pass(0)
  return socket.done.splice(0)
}
const error = (message: unknown, run = '', channel = ''): object => ({ type: 'error', run, channel, message })

test('a page is greeted with the versions, its id and its person', async () => {
  const client = expect.stringMatching(/^[\da-f-]{36}$/)
  expect(await doneTo(attach())).toEqual([
    {
      ...{ type: 'hello', protocol: PROTOCOL_VERSION, instance: 'i', version: '1.2.3', client },
      you: { user: 'ada', role: 'operator' },
    },
  ])
})

test('no more pages are accepted than the config allows, until one leaves', async () => {
  const [first] = [attach(), attach()]
  expect(hub.clientCount).toBe(2)
  expect(await doneTo(attach())).toEqual([[1013, 'too many clients']])
  first?.emit('close')
  expect(hub.clientCount).toBe(1)
  expect(await doneTo(attach())).toMatchObject([{ type: 'hello' }])
})

test('messages are answered, and wrong ones refused', async () => {
  const socket = attach()
  await doneTo(socket)
  socket.say({ type: 'ping' })
  expect(await doneTo(socket)).toEqual([{ type: 'pong' }])
  socket.say('nonsense')
  expect(await doneTo(socket)).toEqual([error(expect.stringMatching(/^a message must be JSON, got "nonsense": /))])
  socket.say({ type: 'subscribe', run: 'unknown', channel: 'log' })
  expect(await doneTo(socket)).toEqual([{ type: 'gone', run: 'unknown' }])
  socket.say({ type: 'subscribe', channel: 'runs' })
  expect(await doneTo(socket)).toEqual([error('no rows today', '', 'runs')])
  socket.say('{}', true)
  expect(await doneTo(socket)).toEqual([[1003, 'expected text']])
})

test('the people of a run are named by their tokens, otherwise by the names that they chose', async () => {
  const [named, other] = [attach('ada'), attach(null)]
  for (const socket of [named, other]) {
    socket.say({ type: 'name', name: 'chosen' })
    socket.say({ type: 'subscribe', run: 'r', channel: 'people' })
    await pass(0)
  }
  const people = other.done.at(-1) as { readonly data: { readonly people: readonly object[] } }
  expect(people).toMatchObject({ type: 'data', run: 'r', channel: 'people' })
  expect(people.data.people).toMatchObject([
    { name: 'ada', role: 'operator' },
    { name: 'chosen', role: 'operator' },
  ])
  other.say({ type: 'unsubscribe', run: 'r', channel: 'people' })
  await doneTo(named)
  await pass(250)
  expect(await doneTo(named)).toMatchObject([{ data: { people: [{ name: 'ada' }] } }])
})

test('one page can follow 64 channels, and one more after it has left one', async () => {
  const socket = attach()
  const follow = (run: string): void => socket.say({ type: 'subscribe', run, channel: 'log' })
  for (let i = 0; i < 64; i++) follow(`x${i}`)
  await doneTo(socket)
  follow('one more')
  expect(await doneTo(socket)).toEqual([error('one client can follow at most 64 channels', 'one more', 'log')])
  follow('x3')
  expect(await doneTo(socket)).toEqual([{ type: 'gone', run: 'x3' }])
  socket.say({ type: 'unsubscribe', run: 'x0', channel: 'log' })
  follow('one more')
  expect(await doneTo(socket)).toEqual([{ type: 'gone', run: 'one more' }])
})

test('a page that sends too many messages is disconnected', async () => {
  const socket = attach()
  await doneTo(socket)
  for (let i = 0; i < 501; i++) socket.say({ type: 'ping' })
  const done = await doneTo(socket)
  expect([done.length, done.filter((one) => Array.isArray(one))]).toEqual([501, [[1008, 'too many messages']]])
})

test('a socket is closed once its token is no longer valid', async () => {
  const socket = attach()
  await doneTo(socket)
  await pass(2000)
  expect(await doneTo(socket)).toEqual([])
  lets = false
  await pass(1999)
  expect(await doneTo(socket)).toEqual([])
  await pass(1)
  expect(await doneTo(socket)).toEqual([[1008, 'the token is no longer valid']])
  socket.emit('close')
  await pass(4000)
  expect(await doneTo(socket)).toEqual([])
})

test('a socket that does not answer a ping is terminated, and any answer counts', async () => {
  const [silent, ponging] = [attach(), attach()]
  await pass(19_999)
  for (const socket of [silent, ponging]) await doneTo(socket)
  await pass(1)
  for (const socket of [silent, ponging]) expect(await doneTo(socket)).toEqual(['ping'])
  ponging.emit('pong')
  await pass(20_000)
  expect([await doneTo(silent), await doneTo(ponging)]).toEqual([['terminate'], ['ping']])
  ponging.say({ type: 'ping' })
  await pass(20_000)
  expect(await doneTo(ponging)).toEqual([{ type: 'pong' }, 'ping'])
})

test('a socket with an error is terminated, and a closed hub closes all sockets', async () => {
  const [broken, open] = [attach(), attach()]
  for (const socket of [broken, open]) await doneTo(socket)
  broken.emit('error', new Error('reset'))
  expect(await doneTo(broken)).toEqual(['terminate'])
  await hub.close()
  expect(await doneTo(open)).toEqual([[1001, 'the dashboard is closing'], 'terminate'])
  await pass(60_000)
  expect(await doneTo(open)).toEqual([])
})
