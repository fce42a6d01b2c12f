/** An agent that has used `/mcp`. Times are epoch seconds. */
export interface WireMcpSession {
  readonly id: string
  /** Whom its token names; null if it names nobody. */
  readonly user: string | null
  /** The address of the client. */
  readonly peer: string
  /** The name that it reports; null if there is none. */
  readonly client: string | null
  /** Its rights beyond reading. */
  readonly rights: readonly string[]
  readonly since: number
  readonly last: number
  readonly requests: number
  readonly revoked: boolean
}
