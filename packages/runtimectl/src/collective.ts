/**
 * The communication between the ranks of one training run. Both calls block until every rank has made them, and throw
 * when a rank does not respond. `openThreadCollective` and `openFileCollective` of `@hotcb/kernel/node` implement this
 * interface, and any of the kernel's `Collective` objects can be used.
 */
export interface ControlCollective {
  readonly rank: number
  readonly worldSize: number
  /** Sends text from rank 0 to every rank, and returns it there. The other ranks pass null. */
  broadcast(text: string | null): string
  /** Returns the text from every rank, in rank order. */
  allGather(text: string): readonly string[]
}
