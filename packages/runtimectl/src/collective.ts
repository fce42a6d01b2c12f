/**
 * How the ranks of one training speak to each other: `threadCollective` and `fileCollective` of @hotcb/kernel/node are
 * such, and so is the kernel's own `Collective`. Both calls block until every rank has made them, and throw when one of
 * them does not come.
 */
export interface Collective {
  readonly rank: number
  readonly worldSize: number
  /** Rank 0's text, on every rank; the others give null. */
  broadcast(text: string | null): string
  /** Every rank's text, in order of ranks. */
  allGather(text: string): readonly string[]
}
