import { messageOf, PROTOCOL_VERSION } from '@hotcb/protocol'
import type { WebSocket } from 'ws'
import type { ClientMessage } from '../shared/wire.ts'
import { type Client, createClient } from './client.ts'
import { readClientMessage } from './client-message.ts'
import type { DashboardConfig } from './config.ts'
import { DocumentFeed } from './document-feed.ts'
import { LineFeeds } from './line-feeds.ts'
import { RateLimit } from './rate.ts'
import type { Person } from './roles.ts'
import type { RunRegistry } from './run-registry.ts'
import { createSubscriptions, type Subscriptions } from './subscriptions.ts'

/** Options for a server's hub. */
export interface HubOptions {
  readonly registry: RunRegistry
  readonly config: DashboardConfig
  readonly instance: string
  readonly version: string
  /** Receives problems that occur while files are followed. */
  readonly warn: (message: string) => void
}

/** Sends updates about runs to the pages that show them. */
export interface Hub {
  readonly clientCount: number
  /**
   * Starts serving a person's open socket.
   *
   * @param isLetIn Whether their token is still valid. It is called every few seconds, and the socket is closed once it returns
   * false.
   */
  attach(socket: WebSocket, person: Person, isLetIn: () => boolean): void
  close(): Promise<void>
}

/** Starts a hub; it checks files only while clients follow them. */
export function createHub({ registry, config, instance, version, warn }: HubOptions): Hub {
  const sockets = new Map<WebSocket, Client>()
  const lines = new LineFeeds(config, () => sockets.size, warn)
  const documents = new DocumentFeed(registry, warn)
  const subscriptions = createSubscriptions(registry, lines, documents)
  const messageRate = new RateLimit(100, 500)
  const pulse = startPulse(sockets)

  function attach(socket: WebSocket, person: Person, isLetIn: () => boolean): void {
    if (sockets.size >= config.ws_clients) {
      socket.close(1013, 'too many clients')
      return
    }
    const client = createClient(socket, person, config.ws_buffer_bytes)
    sockets.set(socket, client)
    pulse.hear(socket)
    const watch = setInterval(() => void (isLetIn() || socket.close(1008, 'the token is no longer valid')), CHECK_MS)
    watch.unref()
    socket.on('pong', () => pulse.hear(socket))
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      clearInterval(watch)
      sockets.delete(socket)
      subscriptions.leave(client)
    })
    socket.on('message', (data, isBinary) => {
      pulse.hear(socket)
      if (isBinary) return socket.close(1003, 'expected text')
      if (!messageRate.take(client.id)) return socket.close(1008, 'too many messages')
      take(subscriptions, client, String(data)).catch((error: unknown) => {
        client.send({
          type: 'error',
          run: '',
          channel: '',
          message: messageOf(error),
        })
      })
    })
    const { user, role } = person
    client.send({
      type: 'hello',
      protocol: PROTOCOL_VERSION,
      instance,
      version,
      client: client.id,
      you: { user, role },
    })
  }

  return {
    get clientCount() {
      return sockets.size
    },
    attach,
    async close() {
      pulse.stop()
      documents.close()
      for (const socket of sockets.keys()) socket.close(1001, 'the dashboard is closing')
      await lines.close()
      for (const socket of sockets.keys()) socket.terminate()
    },
  }
}

async function take(subscriptions: Subscriptions, client: Client, text: string): Promise<void> {
  const message = readClientMessage(text)
  if (!message.ok) return client.send({ type: 'error', run: '', channel: '', message: message.reason })
  const asked: ClientMessage = message.value
  if (asked.type === 'ping') return client.send({ type: 'pong' })
  if (asked.type === 'name') {
    client.name = client.person.user ?? asked.name
    return
  }
  if (asked.type === 'subscribe') {
    const { run, channel } = asked
    return subscriptions.add(client, asked).catch((error: unknown) => {
      client.send({ type: 'error', run, channel, message: messageOf(error) })
    })
  }
  subscriptions.remove(client, asked)
}

/** Closes connections that have not answered since the last ping. */
function startPulse(sockets: ReadonlyMap<WebSocket, Client>): { hear(socket: WebSocket): void; stop(): void } {
  const heard = new WeakSet<WebSocket>()
  const timer = setInterval(() => {
    for (const socket of sockets.keys()) {
      if (!heard.delete(socket)) socket.terminate()
      else socket.ping()
    }
  }, PULSE_MS)
  timer.unref()
  return { hear: (socket) => void heard.add(socket), stop: () => clearInterval(timer) }
}

const PULSE_MS = 20_000
const CHECK_MS = 2000
