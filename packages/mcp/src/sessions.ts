import { isObject, printable } from '@hotcb/protocol'
import type { McpCaller, McpSession } from './service.ts'

/** The sessions of one service. */
export interface Sessions {
  /**
   * Counts a request and returns its session.
   *
   * @param known The session named in the request; undefined if there is none.
   */
  take(caller: McpCaller, client: string | null, known: McpSession | undefined): McpSession
  /** Returns the session with that id, if it belongs to this caller. */
  find(id: string, caller: McpCaller): McpSession | undefined
  list(): readonly McpSession[]
  revoke(id: string): McpSession | undefined
}

/** The clock and the id generator that the sessions use. */
export interface SessionsPorts {
  readonly nowMs: () => number
  readonly createId: () => string
}

/**
 * Creates an empty list. Requests with the same client, user and address belong to one session, because newer clients send no
 * session id. With more than a thousand sessions, the oldest one that is not revoked is removed.
 */
export function createSessions({ nowMs, createId }: SessionsPorts): Sessions {
  const byKey = new Map<string, McpSession>()
  return {
    take(caller, client, known) {
      const key = known === undefined ? keyOf(caller, client) : keyOf(known, known.client)
      const before = byKey.get(key)
      const { user, peer, rights } = caller
      const now = nowMs()
      const session: McpSession =
        before === undefined
          ? { id: createId(), user, peer, client, rights, sinceMs: now, lastMs: now, requests: 1, isRevoked: false }
          : { ...before, rights, lastMs: now, requests: before.requests + 1 }
      byKey.delete(key)
      byKey.set(key, session)
      forgetOldest(byKey)
      return session
    },
    find: (id, { user }) => [...byKey.values()].find((session) => session.id === id && session.user === user),
    list: () => [...byKey.values()].reverse(),
    revoke(id) {
      for (const [key, session] of byKey) {
        if (session.id !== id) continue
        const revoked = { ...session, isRevoked: true }
        byKey.set(key, revoked)
        return revoked
      }
      return undefined
    },
  }
}

const MOST = 1000
const CLIENT_INFO = 'io.modelcontextprotocol/clientInfo'

function keyOf({ user, peer }: Pick<McpCaller, 'user' | 'peer'>, client: string | null): string {
  return JSON.stringify([user, peer, client])
}

function forgetOldest(byKey: Map<string, McpSession>): void {
  if (byKey.size <= MOST) return
  for (const [key, { isRevoked }] of byKey) {
    if (isRevoked) continue
    byKey.delete(key)
    return
  }
}

/** Returns the name that the client reports in a request, as printable text; null if there is none. */
export function clientOf(body: unknown): string | null {
  const params = isObject(body) && isObject(body['params']) ? body['params'] : {}
  const meta = isObject(params['_meta']) ? params['_meta'] : {}
  const info = meta[CLIENT_INFO] ?? params['clientInfo']
  if (!isObject(info) || typeof info['name'] !== 'string') return null
  const version = typeof info['version'] === 'string' ? ` ${info['version']}` : ''
  return printable(`${info['name']}${version}`.slice(0, 100))
}

/** Whether a request is an older client's first one, whose answer assigns a session id. */
export function isInitialize(body: unknown): boolean {
  return isObject(body) && body['method'] === 'initialize'
}
