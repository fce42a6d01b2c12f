/** An agent that has used `/mcp`. Times are epoch seconds. */
export interface WireMcpSession {
  readonly id: string
  /** Whom its token names; null if it names nobody. */
  readonly user: string | null
  /** The address of the client. */
  readonly peer: string
  /** What it calls itself; null if it gave no name. */
  readonly client: string | null
  /** What it may do beyond reading. */
  readonly rights: readonly string[]
  readonly since: number
  readonly last: number
  readonly requests: number
  readonly revoked: boolean
}
