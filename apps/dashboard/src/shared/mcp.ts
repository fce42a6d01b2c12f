/** An agent that has used `/mcp`. Times are epoch seconds. */
export interface WireMcpSession {
  readonly id: string
  /** The person named by its token; null if it names no one. */
  readonly user: string | null
  /** The IP address of the client. */
  readonly peer: string
  /** The name that the client reports; null if there is none. */
  readonly client: string | null
  /** Its rights beyond reading. */
  readonly rights: readonly string[]
  readonly since: number
  readonly last: number
  readonly requests: number
  readonly revoked: boolean
}
