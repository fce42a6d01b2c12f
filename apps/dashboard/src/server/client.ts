import { WebSocket } from 'ws'
import type { ServerMessage } from '../shared/wire.ts'

/** One open WebSocket. */
export interface Client {
  /** So much of what was sent is unread that nothing more should be. */
  readonly isBehind: boolean
  send(message: ServerMessage): void
  /** Sends a message that is encoded already, the same bytes to many. */
  sendBytes(message: Buffer): void
}

/** Wraps a socket; `bufferBytes` is what may wait unread. */
export function createClient(socket: WebSocket, bufferBytes: number): Client {
  return {
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
