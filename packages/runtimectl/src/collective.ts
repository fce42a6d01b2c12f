/**
 * The communication between the ranks of one training run: `openThreadCollective` and `openFileCollective` of
 * @hotcb/kernel/node implement it, and so does the kernel's own `Collective`. Both calls block until every rank has made them, and throw
 * when a rank does not respond.
 */
export interface ControlCollective {
  readonly rank: number
  readonly worldSize: number
  /** Returns rank 0's text on every rank; the others pass null. */
  broadcast(text: string | null): string
  /** Returns every rank's text, in rank order. */
  allGather(text: string): readonly string[]
}
