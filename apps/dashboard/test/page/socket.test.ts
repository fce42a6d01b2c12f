import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openAddress } from './address.ts'

type Socket = typeof import('../../src/web/socket.ts')

/** The socket of a browser, whose server is the test. */
class FakeSocket {
  static OPEN = 1
  readonly url: string
  readyState = 0
  isClosed = false
  readonly sent: unknown[] = []
  onopen = (): void => undefined
  onmessage = (_: { readonly data: string }): void => undefined
  onclose = (): void => undefined
  constructor(url: string) {
    this.url = url
    sockets.push(this)
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text))
  }
  close(): void {
    this.isClosed = true
  }
  open(): void {
    this.readyState = 1
    this.onopen()
  }
  say(message: object): void {
    this.onmessage({ data: JSON.stringify(message) })
  }
  /** The server, or the network, ends the connection. */
  end(): void {
    this.readyState = 3
    this.onclose()
  }
}

const sockets: FakeSocket[] = []
const listeners = new Map<string, (event: { readonly persisted: boolean }) => void>()
const page = { baseURI: 'http://localhost/under/', visibilityState: 'visible' }
let socket: Socket

const newest = (): FakeSocket => {
  const found = sockets.at(-1)
  if (found === undefined) throw new Error('no socket')
  return found
}
const fire = (name: string, persisted = false): void => listeners.get(name)?.({ persisted })

beforeEach(async () => {
  vi.resetModules()
  vi.useFakeTimers({ now: 1_000_000 })
  sockets.length = 0
  listeners.clear()
  page.visibilityState = 'visible'
  openAddress('http://localhost/under/')
  const addEventListener = (name: string, listener: () => void): void => void listeners.set(name, listener)
  vi.stubGlobal('document', {
    ...page,
    get visibilityState() {
      return page.visibilityState
    },
    addEventListener,
  })
  vi.stubGlobal('window', { addEventListener })
  vi.stubGlobal('WebSocket', FakeSocket)
  socket = await import('../../src/web/socket.ts')
})
afterEach(() => {
  vi.clearAllTimers()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const connect = (): void => socket.connect({ baseSeconds: 1, capSeconds: 5 })

/** Follows the log of a run; returns what arrived. */
function followLog(
  run = 'a',
  more: object = {},
): { readonly seen: unknown[]; readonly following: { cursor?: string | null }; stop(): void } {
  const seen: unknown[] = []
  const note = (name: string) => (data?: unknown) => void seen.push(data === undefined ? name : [name, data])
  const following = {
    ...{ run, channel: 'log' as const, cursor: 'c0' as string | null },
    ...{ onData: note('data'), onRestart: note('restart'), onGone: note('gone'), onReconnect: note('reconnect') },
    ...more,
  }
  return { seen, following, stop: socket.follow(following) }
}

const NAME = { type: 'name', name: null }
const subscription = { type: 'subscribe', run: 'a', channel: 'log', cursor: 'c0' }

test('the socket is below the path of the page, and encrypted if the page is', () => {
  connect()
  expect([newest().url, socket.connection.value]).toEqual(['ws://localhost/under/ws', 'connecting'])
  vi.stubGlobal('location', new URL('https://a.example:8443/'))
  fire('online')
  expect([newest().url, sockets.length, sockets[0]?.isClosed]).toEqual(['wss://a.example:8443/under/ws', 2, true])
})

test('subscriptions are sent when the socket opens, and again with their cursors after a loss', () => {
  connect()
  const { seen, stop } = followLog()
  followLog('b', { cursor: undefined, names: ['loss'] })
  expect(newest().sent).toEqual([])
  newest().open()
  const other = { type: 'subscribe', run: 'b', channel: 'log', cursor: null, names: ['loss'] }
  expect([newest().sent, socket.connection.value]).toEqual([[NAME, subscription, other], 'open'])
  newest().say({ type: 'data', run: 'a', channel: 'log', data: ['x'], cursor: 'c1' })
  newest().end()
  expect(socket.connection.value).toBe('lost')
  vi.advanceTimersByTime(1000)
  newest().open()
  expect(newest().sent).toEqual([NAME, { ...subscription, cursor: 'c1' }, other])
  expect([seen, socket.connection.value]).toEqual([[['data', ['x']], 'reconnect'], 'open'])
  stop()
  expect(newest().sent.at(-1)).toEqual({ type: 'unsubscribe', run: 'a', channel: 'log' })
})

test('a stream is left only when its last follower leaves', () => {
  connect()
  const [first, second] = [followLog(), followLog()]
  followLog('b')
  followLog('a', { channel: 'metrics' })
  newest().open()
  newest().sent.length = 0
  first.stop()
  expect(newest().sent).toEqual([])
  second.stop()
  expect(newest().sent).toEqual([{ type: 'unsubscribe', run: 'a', channel: 'log' }])
  newest().say({ type: 'data', run: 'a', channel: 'log', data: 1 })
  expect(first.seen).toEqual([])
})

test('a message reaches the followers of its run and stream', () => {
  connect()
  const [log, other, metrics] = [followLog(), followLog('b'), followLog('a', { channel: 'metrics' })]
  const bare = followLog('a', { onRestart: undefined, onGone: undefined, onReconnect: undefined })
  newest().open()
  newest().say({ type: 'hello', instance: 'i1', client: 'p1' })
  newest().say({ type: 'pong', run: 'a', channel: 'log' })
  newest().say({ type: 'error', run: 'a', channel: 'log', message: 'x' })
  newest().say({ type: 'restart', run: 'a', channel: 'log', cursor: 'c9' })
  newest().say({ type: 'data', run: 'a', channel: 'metrics', data: 5 })
  newest().say({ type: 'gone', run: 'a' })
  expect([socket.serverInstance.value, socket.clientId.value]).toEqual(['i1', 'p1'])
  expect([log.seen, log.following.cursor]).toEqual([[['restart', 'c9'], 'gone'], 'c9'])
  expect([metrics.seen, metrics.following.cursor, other.seen, bare.seen]).toEqual([[['data', 5], 'gone'], 'c0', [], []])
})

test('the name of the page is sent now and after each connection', () => {
  connect()
  socket.nameThisPage('ada')
  newest().open()
  socket.nameThisPage('bob')
  expect(newest().sent).toEqual([
    { type: 'name', name: 'ada' },
    { type: 'name', name: 'bob' },
  ])
  newest().end()
  vi.advanceTimersByTime(1000)
  newest().open()
  expect(newest().sent).toEqual([{ type: 'name', name: 'bob' }])
})

test('after each failure the page waits twice as long, up to a limit, until a connection succeeds', () => {
  connect()
  for (const wait of [1000, 2000, 4000, 5000, 5000]) {
    const count = sockets.length
    newest().end()
    vi.advanceTimersByTime(wait - 1)
    expect(sockets).toHaveLength(count)
    vi.advanceTimersByTime(1)
    expect(sockets).toHaveLength(count + 1)
  }
  newest().open()
  newest().end()
  vi.advanceTimersByTime(1000)
  expect(sockets).toHaveLength(7)
  newest().end()
  newest().end()
  socket.reconnectNow()
  expect(sockets).toHaveLength(8)
  vi.advanceTimersByTime(4000)
  expect(sockets).toHaveLength(8)
  newest().end()
  vi.advanceTimersByTime(1000)
  expect(sockets).toHaveLength(9)
})

test('a first connection after failures counts as another one, and a replaced socket is ignored', () => {
  connect()
  const { seen } = followLog()
  const first = newest()
  first.end()
  vi.advanceTimersByTime(1000)
  newest().open()
  expect(seen).toEqual(['reconnect'])
  first.end()
  expect(socket.connection.value).toBe('open')
})

test('when a connection is lost, the page knows when it last received something', () => {
  connect()
  newest().open()
  vi.advanceTimersByTime(3000)
  newest().say({ type: 'pong' })
  vi.advanceTimersByTime(1500)
  newest().end()
  expect(socket.lastHeardMs.value).toBe(1_003_000)
  vi.advanceTimersByTime(1000)
  newest().end()
  expect(socket.lastHeardMs.value).toBe(1_003_000)
})

test('an open socket is probed every five seconds, and one without answers is replaced', () => {
  connect()
  newest().open()
  const { sent } = newest()
  vi.advanceTimersByTime(5000)
  expect(sent.slice(1)).toEqual([{ type: 'ping' }])
  vi.advanceTimersByTime(5000)
  expect([sent.length, sockets.length]).toEqual([3, 1])
  vi.advanceTimersByTime(2500)
  page.visibilityState = 'hidden'
  fire('visibilitychange')
  expect([sent.length, sockets.length]).toEqual([3, 1])
  page.visibilityState = 'visible'
  fire('visibilitychange')
  expect([sent.length, sockets.length]).toEqual([4, 1])
  vi.advanceTimersByTime(2500)
  expect([sockets.length, sockets[0]?.isClosed]).toEqual([2, true])
})

test('a page that is left closes its socket, and connects again if the browser shows it again', () => {
  connect()
  newest().open()
  fire('pagehide')
  expect(newest().isClosed).toBe(true)
  newest().end()
  vi.advanceTimersByTime(20_000)
  fire('pageshow')
  expect([sockets.length, socket.connection.value]).toEqual([1, 'open'])
  fire('pageshow', true)
  expect(sockets).toHaveLength(2)
})
