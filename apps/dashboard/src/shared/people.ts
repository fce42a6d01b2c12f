/** What a person may do: see; change a run; also load code into it and decide whether it may be changed. */
export const ROLES = ['viewer', 'operator', 'owner'] as const
export type Role = (typeof ROLES)[number]

/** The answer of `GET /api/me`. */
export interface Me {
  /** Whom the token names: the author of everything that is sent with it. Null if nobody is named. */
  readonly user: string | null
  readonly role: Role
  /** The author of what is sent without one, where the token names nobody. */
  readonly default_author: string | null
  /** Whether this server starts training runs. */
  readonly has_launcher: boolean
  /** Whether this server answers agents at `/mcp`. */
  readonly has_mcp: boolean
}

/** An open page that shows a run. */
export interface PersonHere {
  /** Which page, as its `hello` said. */
  readonly client: string
  /** Whom the token names, otherwise what the page calls itself; null if neither does. */
  readonly name: string | null
  readonly role: Role
  /** When the page connected, in epoch seconds. */
  readonly since: number
}
