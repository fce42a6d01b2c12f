import { randomUUID } from 'node:crypto'
import { parseJson } from '@hotcb/protocol'
import { createMcpHandler } from '@modelcontextprotocol/server'
import type { McpPort, Right } from '../port.ts'
import { createMcpServer } from '../server.ts'
import type { McpCaller, McpService } from '../service.ts'
import { clientOf, createSessions, isInitialize } from '../sessions.ts'

/** Options for the service. */
export interface McpHttpOptions {
  /** The rights beyond reading that a caller may get. */
  readonly allow: readonly Right[]
  /** Returns the port for one caller, with that caller's rights. */
  readonly portFor: (caller: Pick<McpCaller, 'user' | 'rights'>) => McpPort
}

const SESSION_HEADER = 'mcp-session-id'

/**
 * Opens the server for clients that connect over HTTP. Each request is answered independently; older clients get a
 * session id.
 */
export function openMcpHttp({ allow, portFor }: McpHttpOptions): McpService {
  const sessions = createSessions({ nowMs: () => Date.now(), createId: () => randomUUID() })
  const handler = createMcpHandler(({ authInfo }) => {
    const rights = allow.filter((right) => authInfo?.scopes.includes(right))
    return createMcpServer(portFor({ user: authInfo?.clientId || null, rights }))
  })
  return {
    async fetch(request, given) {
      const rights = allow.filter((right) => given.rights.includes(right))
      const caller = { ...given, rights }
      const text = request.method === 'POST' ? await request.text() : ''
      const parsed = parseJson(text)
      const body = parsed.ok ? parsed.value : undefined
      const named = request.headers.get(SESSION_HEADER)
      const known = named === null ? undefined : sessions.find(named, caller)
      if (named !== null && known === undefined) return refuse(404, 'unknown session; open a new one')
      const session = sessions.take(caller, clientOf(body), known)
      if (session.isRevoked) return refuse(403, 'this session is revoked')
      const authInfo = { token: '', clientId: caller.user ?? '', scopes: [...rights] }
      const response = await handler.fetch(again(request, text), { authInfo })
      if (isInitialize(body) && response.ok) response.headers.set(SESSION_HEADER, session.id)
      return response
    },
    sessions: sessions.list,
    revoke: sessions.revoke,
    close: handler.close,
  }
}

/** Creates a copy of the request, with the body that was already read from it. */
function again({ url, method, headers, signal }: Request, text: string): Request {
  return new Request(url, { method, headers, signal, ...(text !== '' && { body: text }) })
}

/** Creates an error response in the form that clients of the protocol expect. */
function refuse(status: number, message: string): Response {
  const body = { jsonrpc: '2.0', id: null, error: { code: -32_000, message } }
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
}
