import type { Right } from './port.ts'

/** The sender of a request, as determined by the server in front of the service. */
export interface McpCaller {
  /** The user named in the token; null if there is none. */
  readonly user: string | null
  /** The address of the client. */
  readonly peer: string
  /** The rights of the caller's role. The service grants at most the rights that it was opened with. */
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
  /** The times of the first and the last request, in epoch milliseconds. */
  readonly sinceMs: number
  readonly lastMs: number
  readonly requests: number
  /** Whether its requests are rejected. */
  readonly isRevoked: boolean
}

/** The server for clients that connect over HTTP. It does not check tokens; the server in front of it does. */
export interface McpService {
  /** Answers one request. */
  fetch(request: Request, caller: McpCaller): Promise<Response>
  /** Returns the sessions since the service started, sorted by the time of their last request, latest first. */
  sessions(): readonly McpSession[]
  /**
   * Blocks later requests in a session, and new sessions from the same client. Undefined if there is no such session.
   */
  revoke(id: string): McpSession | undefined
  close(): Promise<void>
}
