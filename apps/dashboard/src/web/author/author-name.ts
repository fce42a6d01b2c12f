/** A change's author. */
export interface Author {
  /** The displayed name; empty if the person gave none. */
  readonly name: string
  /** The name that is sent with a command; null if there is none, or the server adds it. */
  readonly sent: string | null
}
