import type { Attempt, JsonObject, Op } from '@hotcb/protocol'
import type { HistoryPlace } from './place.ts'

/** One change that is part of the run, with its place and everything that is needed to repeat it. */
export interface HistoryEntry extends HistoryPlace {
  /** Seq of the line that first made the change. */
  readonly seq: number
  /** Whether another kernel wrote it without a `call`. Its place within the step then depends on its event. */
  readonly isForeign: boolean
  /** The attempt of its latest line; null if another kernel wrote it. */
  readonly attempt: number | null
  readonly event: string | null
  /** The op. Its `params` are the payload of the line: the values that were actually set. */
  readonly op: Op
  /** Params that restore the previous state. */
  readonly old: JsonObject | null
  readonly source: string
  /** Seq of the line that it reverts. */
  readonly reverts: number | null
}

/** A checkpoint load that is in force. If its save is not in the history before it, the run cannot be reproduced. */
export interface HistoryLoad {
  readonly seq: number
  /** The step from which training continued. The state before it comes from the checkpoint. */
  readonly step: number
  readonly tag: string | null
  readonly replayable: boolean
}

/** The history that a ledger describes. It depends only on the lines of the ledger. */
export interface History {
  /** The changes in the order of (step, end, call, after, seq), or of seq if steps went back without a seam. */
  readonly entries: readonly HistoryEntry[]
  /** Calls of registered functions, in the same order. They are part of a recipe, but a restart never repeats them. */
  readonly calls: readonly HistoryEntry[]
  /**
   * Whether steps went back within one attempt. If so, all entries are applied at once on a restart, and none can be
   * pending.
   */
  readonly wentBack: boolean
  readonly loads: readonly HistoryLoad[]
  /**
   * The checkpoint saves that are part of this history, by tag. A recipe cannot reproduce loading any other checkpoint.
   */
  readonly saves: ReadonlyMap<string, HistorySave>
  /** Tokens of all attempts. A checkpoint with any other token comes from a different run. */
  readonly tokens: ReadonlySet<string>
  /** The requested `cids` that already have a line in this history, whatever its decision. */
  readonly decided: ReadonlySet<string>
  /** The attempt with the highest number; null for a ledger that our kernel has never opened. */
  readonly attempt: Attempt | null
}

/** A checkpoint save. */
export interface HistorySave {
  /** Seq of the last ledger line that the checkpoint contains: the one before its own. */
  readonly seq: number
  /** The next step to train. */
  readonly step: number
  readonly end: boolean
}
