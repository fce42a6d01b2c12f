import { randomUUID } from 'node:crypto'
import { WebSocket } from 'ws'
import type { ServerMessage } from '../shared/wire.ts'
import type { Person } from './roles.ts'

/** One open WebSocket. */
export interface Client {
  /** Which one, among all of this server. */
  readonly id: string
  readonly person: Person
  /** What others call it. */
  name: string | null
  /** When it connected, in epoch seconds. */
  readonly since: number
  /** So much of what was sent is unread that nothing more should be. */
  readonly isBehind: boolean
  send(message: ServerMessage): void
  /** Sends a message that is encoded already, the same bytes to many. */
  sendBytes(message: Buffer): void
}

/** Wraps a socket of a person; `bufferBytes` is what may wait unread. */
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
