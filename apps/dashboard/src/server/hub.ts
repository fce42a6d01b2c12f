import { join } from 'node:path'
import { messageOf, PROTOCOL_VERSION, runFiles } from '@hotcb/protocol'
import type { WebSocket } from 'ws'
import type { ClientMessage, ServerMessage, StreamChannel } from '../shared/wire.ts'
import { type Client, createClient } from './client.ts'
import { readClientMessage } from './client-message.ts'
import type { DashboardConfig } from './config.ts'
import { DocumentFeed } from './document-feed.ts'
import { RateLimit } from './rate.ts'
import type { RunRegistry } from './run-registry.ts'
import { StreamFeed } from './stream-feed.ts'

/** What the hub of one server is made from. */
export interface HubOptions {
  readonly registry: RunRegistry
  readonly config: DashboardConfig
  readonly instance: string
  readonly version: string
  /** Told of what went wrong while following files. */
  readonly warn: (message: string) => void
}

/** Carries what happens in the runs to the pages that look at them. */
export interface Hub {
  readonly clientCount: number
  /** Takes over an open socket. */
  attach(socket: WebSocket): void
  close(): Promise<void>
}

/** Starts a hub; it looks at files only while somebody follows them. */
export function createHub(options: HubOptions): Hub {
  const { registry, config, instance, version, warn } = options
  const streams = new Map<string, StreamFeed>()
  const documents = new DocumentFeed(registry, warn)
  const sockets = new Map<WebSocket, Client>()
  const heard = new WeakSet<WebSocket>()
  const messageRate = new RateLimit(100, 500)
  const followed = new WeakMap<Client, Set<string>>()
  let timer: NodeJS.Timeout | undefined
  let isTurning = false
  let isClosed = false

  const pulse = setInterval(() => {
    for (const socket of sockets.keys()) {
      if (!heard.delete(socket)) socket.terminate()
      else socket.ping()
    }
  }, PULSE_MS)
  pulse.unref()

  async function turn(): Promise<void> {
    timer = undefined
    isTurning = true
    let hasGrown = false
    for (const [key, feed] of streams) {
      if (feed.isIdle) {
        streams.delete(key)
        await feed.close()
        continue
      }
      try {
        hasGrown = (await feed.turn()) || hasGrown
      } catch (error) {
        warn(`${key.replace('\n', ' ')}: ${messageOf(error)}`)
      }
    }
    isTurning = false
    plan(hasGrown)
  }

  // Many clients are served less often, each with more: what a message costs is mostly the message.
  function plan(hasGrown: boolean): void {
    if (isClosed || isTurning || timer !== undefined || streams.size === 0) return
    const seconds = hasGrown ? config.poll_interval : Math.min(config.idle_poll_interval, config.poll_interval * 2.5)
    timer = setTimeout(() => void turn(), seconds * 1000 + Math.min(200, sockets.size / 3))
  }

  async function follow(client: Client, message: ClientMessage & { type: 'subscribe' }): Promise<void> {
    const { run: id, channel, cursor = null, names } = message
    const keys = followed.get(client) ?? new Set<string>()
    followed.set(client, keys.add(`${id}\n${channel}`))
    if (keys.size > MOST_FOLLOWED) {
      keys.delete(`${id}\n${channel}`)
      const text = `one client follows at most ${MOST_FOLLOWED} channels`
      return client.send({ type: 'error', run: id, channel, message: text })
    }
    if (channel === 'runs' || channel === 'state') return documents.subscribe(client, channel, id)
    const found = await registry.find(id)
    if (found === undefined) return client.send({ type: 'gone', run: id })
    const key = `${id}\n${channel}`
    let feed = streams.get(key)
    if (feed === undefined) {
      feed = new StreamFeed({
        run: id,
        channel,
        path: join(found.dir, FILES[channel]),
        roots: found.roots,
        livePoints: config.live_points,
        catchUpBytes: config.ws_catch_up_bytes,
        burstLines: config.ws_initial_burst,
      })
      streams.set(key, feed)
    }
    await feed.subscribe(client, cursor, names)
    plan(true)
  }

  function leave(client: Client): void {
    for (const feed of streams.values()) feed.unsubscribe(client)
    documents.leave(client)
  }

  async function take(client: Client, text: string): Promise<void> {
    const message = readClientMessage(text)
    if (!message.ok) return client.send({ type: 'error', run: '', channel: '', message: message.reason })
    const { value } = message
    if (value.type === 'ping') return client.send({ type: 'pong' })
    if (value.type === 'subscribe') return follow(client, value)
    followed.get(client)?.delete(`${value.run}\n${value.channel}`)
    streams.get(`${value.run}\n${value.channel}`)?.unsubscribe(client)
    documents.unsubscribe(client, value.channel, value.run)
  }

  return {
    get clientCount() {
      return sockets.size
    },
    attach(socket) {
      if (sockets.size >= config.ws_clients) return socket.close(1013, 'too many clients')
      const client = createClient(socket, config.ws_buffer_bytes)
      sockets.set(socket, client)
      heard.add(socket)
      const key = String(++clients)
      socket.on('pong', () => heard.add(socket))
      socket.on('error', () => socket.terminate())
      socket.on('close', () => {
        sockets.delete(socket)
        leave(client)
      })
      socket.on('message', (data, isBinary) => {
        heard.add(socket)
        if (isBinary) return socket.close(1003, 'text expected')
        if (!messageRate.take(key)) return socket.close(1008, 'too many messages')
        take(client, String(data)).catch((error: unknown) => {
          const message = messageOf(error)
          client.send({ type: 'error', run: '', channel: '', message })
        })
      })
      const hello: ServerMessage = { type: 'hello', protocol: PROTOCOL_VERSION, instance, version }
      client.send(hello)
    },
    async close() {
      isClosed = true
      clearInterval(pulse)
      clearTimeout(timer)
      documents.close()
      for (const socket of sockets.keys()) socket.close(1001, 'the dashboard is closing')
      await Promise.all([...streams.values()].map((feed) => feed.close()))
      for (const socket of sockets.keys()) socket.terminate()
    },
  }
}

let clients = 0
const PULSE_MS = 20_000
const MOST_FOLLOWED = 64
const FILES: Readonly<Record<StreamChannel, string>> = {
  metrics: runFiles.metrics,
  ledger: runFiles.ledger,
  log: runFiles.log,
}
