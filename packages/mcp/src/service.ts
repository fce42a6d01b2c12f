import type { Right } from './port.ts'

/** Who sent a request, as the server before the service found it. */
export interface McpCaller {
  /** Whom the token names; null if it names nobody. */
  readonly user: string | null
  /** The address of the client. */
  readonly peer: string
  /** What the caller's role permits. The service grants no more than it was opened with. */
  readonly rights: readonly Right[]
}

/** One agent that has used the service. */
export interface McpSession {
  readonly id: string
  readonly user: string | null
  readonly peer: string
  /** The name that the client reports; null if there is none. */
  readonly client: string | null
  readonly rights: readonly Right[]
  /** Epoch milliseconds of the first and the last request. */
  readonly sinceMs: number
  readonly lastMs: number
  readonly requests: number
  /** Whether its requests are refused. */
  readonly isRevoked: boolean
}

/** The server for clients that come by HTTP. It checks no tokens: the server before it does. */
export interface McpService {
  /** Answers one request. */
  fetch(request: Request, caller: McpCaller): Promise<Response>
  /** Sessions since the start, newest request first. */
  sessions(): readonly McpSession[]
  /** Refuses the requests of a session from now on, and a new session of the same client. Undefined if there is none. */
  revoke(id: string): McpSession | undefined
  close(): Promise<void>
}
