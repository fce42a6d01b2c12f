/** Who a change is by. */
export interface Author {
  /** What is shown; empty for a person who gives no name. */
  readonly name: string
  /** The name that goes with a command; null if there is none, or the server adds it. */
  readonly sent: string | null
}
