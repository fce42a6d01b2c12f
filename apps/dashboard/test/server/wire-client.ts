import type { Client } from '../../src/server/client.ts'

/** A client that keeps what it received. */
export interface WireClient extends Client {
  isBehind: boolean
  /** The messages since the last call. */
  taken(): readonly unknown[]
  /** The encoded messages so far, as they were sent. */
  readonly bytes: readonly Buffer[]
}

/** Creates a client without a socket. */
export function wireClient(id = 'c'): WireClient {
  const messages: unknown[] = []
  const bytes: Buffer[] = []
  return {
    ...{ id, person: { user: id, role: 'owner' }, name: id, since: 5, isBehind: false, bytes },
    send: (message) => void messages.push(message),
    sendBytes(message) {
      bytes.push(message)
      messages.push(JSON.parse(String(message)))
    },
    taken: () => messages.splice(0),
  }
}
