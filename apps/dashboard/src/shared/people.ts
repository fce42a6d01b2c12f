/**
 * The roles, lowest first. A viewer can read, an operator can also change a run, and an owner can also load code into it and
 * control whether it may be changed.
 */
export const ROLES = ['viewer', 'operator', 'owner'] as const
export type Role = (typeof ROLES)[number]

/** The answer to `GET /api/me`. */
export interface Me {
  /** The person named by the token, who is the author of everything sent with it. Null if it names no one. */
  readonly user: string | null
  readonly role: Role
  /** The author of requests that do not name one, if the token does not name a person. */
  readonly default_author: string | null
  /** Whether this server starts training runs. */
  readonly has_launcher: boolean
  /** Whether this server answers agents at `/mcp`. */
  readonly has_mcp: boolean
}

/** An open page that shows a run. */
export interface PersonHere {
  /** The id of the page, from the server's `hello`. */
  readonly client: string
  /** The name in the token, otherwise the name that the page uses; null if there is neither. */
  readonly name: string | null
  readonly role: Role
  /** When the page connected, in epoch seconds. */
  readonly since: number
}
