import { signal } from '@preact/signals'
import type { ClientMessage, ServerMessage, StreamData, WireChannel } from '../shared/wire.ts'
import { pagePath } from './base.ts'

/** Whether the page shows live data. */
export type Connection = 'connecting' | 'open' | 'lost'

/** A subscription: a stream, the position from which it continues, and callbacks. */
export interface Following<Name extends WireChannel = WireChannel> {
  /** Empty for a stream that all runs share. */
  readonly run: string
  readonly channel: Name
  /** Advances with every message, so that no line is missed after a lost connection. */
  cursor?: string | null
  /** Only these metrics. */
  names?: readonly string[] | undefined
  onData(data: StreamData[Name]): void
  /** The file was replaced, or the page missed too much. It must read the file again, and then follow it from the new cursor. */
  onRestart?(cursor: string): void
  /** The run does not exist. */
  onGone?(): void
  /** The connection was restored. Document updates may have been missed; a stream with a cursor has missed nothing. */
  onReconnect?(): void
}

/** The state of the socket. */
export const connection = signal<Connection>('connecting')
/** When the last message arrived before the connection was lost, in epoch milliseconds. */
export const lastHeardMs = signal(Date.now())
/** The id of this page among the pages that show a run. */
export const clientId = signal('')
/** Changes when the server restarts. */
export const serverInstance = signal('')

const followings = new Set<Following>()
let socket: WebSocket | undefined
let failures = 0
let wasOpen = false
let ownName: string | null = null
let heardMs = 0
let timer: ReturnType<typeof setTimeout> | undefined
let retryBaseMs = 500
let retryCapMs = 15_000

/** Follows a stream until the returned function is called. Cursors are kept, so that no line is missed. */
export function follow<Name extends WireChannel>(following: Following<Name>): () => void {
  followings.add(following)
  subscribe(following)
  return () => {
    followings.delete(following)
    const others = [...followings].some(({ run, channel }) => run === following.run && channel === following.channel)
    if (!others) tell({ type: 'unsubscribe', run: following.run, channel: following.channel })
  }
}

/** Sends the subscription again after its names or cursor changed. */
export function subscribe<Name extends WireChannel>({ run, channel, cursor = null, names }: Following<Name>): void {
  tell(
    names === undefined
      ? { type: 'subscribe', run, channel, cursor }
      : { type: 'subscribe', run, channel, cursor, names },
  )
}

/** Sets the name that others see for this page; null for no name. */
export function nameThisPage(name: string | null): void {
  ownName = name
  tell({ type: 'name', name })
}

/** Connects, and reconnects as long as the page is open. */
export function connect(retry: { readonly baseSeconds: number; readonly capSeconds: number }): void {
  retryBaseMs = retry.baseSeconds * 1000
  retryCapMs = retry.capSeconds * 1000
  open()
  // After the computer sleeps, a page's socket looks open but is not.
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && probe())
  window.addEventListener('online', () => open())
  // The browser may keep a page that the user has left, with its socket, for the Back button. Others would still see that user.
  window.addEventListener('pagehide', shut)
  window.addEventListener('pageshow', ({ persisted }) => persisted && reconnectNow())
  setInterval(probe, PROBE_MS)
}

/** Closes the socket and connects again immediately. */
export function reconnectNow(): void {
  failures = 0
  open()
}

function shut(): void {
  clearTimeout(timer)
  const left = socket
  socket = undefined
  left?.close()
}

function open(): void {
  clearTimeout(timer)
  socket?.close()
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  const opened = new WebSocket(`${scheme}://${location.host}${pagePath('ws')}`)
  socket = opened
  opened.onopen = () => {
    const isAgain = failures > 0 || wasOpen
    failures = 0
    wasOpen = true
    heardMs = performance.now()
    connection.value = 'open'
    tell({ type: 'name', name: ownName })
    for (const following of followings) {
      subscribe(following)
      if (isAgain) following.onReconnect?.()
    }
  }
  opened.onmessage = ({ data }) => {
    heardMs = performance.now()
    // All messages come from our server; shared/wire.ts defines their types.
    take(JSON.parse(String(data)) as ServerMessage)
  }
  opened.onclose = () => {
    if (socket !== opened) return
    socket = undefined
    failures++
    if (connection.value !== 'lost') lastHeardMs.value = Date.now() - (performance.now() - heardMs)
    connection.value = 'lost'
    timer = setTimeout(open, Math.min(retryCapMs, retryBaseMs * 2 ** Math.min(failures - 1, 10)))
  }
}

function take(message: ServerMessage): void {
  if (message.type === 'hello') {
    serverInstance.value = message.instance
    clientId.value = message.client
    return
  }
  if (message.type === 'pong' || message.type === 'error') return
  for (const following of followings) {
    if (following.run !== message.run) continue
    if (message.type === 'gone') following.onGone?.()
    else if (following.channel === message.channel) pass(following, message)
  }
}

function pass(following: Following, message: ServerMessage & { readonly type: 'data' | 'restart' }): void {
  if ('cursor' in message) following.cursor = message.cursor
  if (message.type === 'restart') following.onRestart?.(message.cursor)
  else following.onData(message.data)
}

function tell(message: ClientMessage): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
}

function probe(): void {
  if (socket === undefined) return
  if (performance.now() - heardMs > PROBE_MS * 2.5) open()
  else tell({ type: 'ping' })
}

const PROBE_MS = 5000
