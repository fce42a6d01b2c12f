import { randomUUID } from 'node:crypto'
import { WebSocket } from 'ws'
import type { ServerMessage } from '../shared/wire.ts'
import type { Person } from './roles.ts'

/** One open WebSocket. */
export interface Client {
  /** Unique among the clients of this server. */
  readonly id: string
  readonly person: Person
  /** The name that other people see. */
  name: string | null
  /** When the client connected, in epoch seconds. */
  readonly since: number
  /** Whether the client has so much unread data that nothing more should be sent. */
  readonly isBehind: boolean
  send(message: ServerMessage): void
  /** Sends an encoded message. Many clients can share the same bytes. */
  sendBytes(message: Buffer): void
}

/** Wraps a person's socket. `bufferBytes` is the limit on unread data. */
export function createClient(socket: WebSocket, person: Person, bufferBytes: number): Client {
  return {
    id: randomUUID(),
    person,
    name: person.user,
    since: Date.now() / 1000,
    get isBehind() {
      return socket.bufferedAmount > bufferBytes
    },
    send(message) {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
    },
    sendBytes(message) {
      if (socket.readyState === WebSocket.OPEN) socket.send(message, { binary: false })
    },
  }
}
