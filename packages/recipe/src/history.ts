import type { Attempt, JsonObject, Op } from '@hotcb/protocol'
import type { HistoryPlace } from './place.ts'

/** One change that is part of the run: what is needed to repeat it, and where it belongs. */
export interface HistoryEntry extends HistoryPlace {
  /** Seq of the line that first made it. */
  readonly seq: number
  /** Written by another kernel, without a `call`: its place within the step is that of its event. */
  readonly isForeign: boolean
  /** The attempt of its newest line; null if another kernel wrote it. */
  readonly attempt: number | null
  readonly event: string | null
  /** Its `params` are the payload: the values that were really set. */
  readonly op: Op
  /** Params that restore the previous state. */
  readonly old: JsonObject | null
  readonly source: string
  /** Seq of the line that it reverts. */
  readonly reverts: number | null
}

/** A checkpoint load that is in force; if its save is not in the history before it, the run cannot be reproduced. */
export interface HistoryLoad {
  readonly seq: number
  /** The step from which training continued: everything before it comes from the checkpoint. */
  readonly step: number
  readonly tag: string | null
  readonly replayable: boolean
}

/** The result of a ledger: a pure function of its lines. */
export interface History {
  /** In order of (step, end, call, after, seq), or of seq if steps went back without a seam. */
  readonly entries: readonly HistoryEntry[]
  /** Calls of registered functions, in the same order: part of a recipe, never repeated by a restart. */
  readonly calls: readonly HistoryEntry[]
  /** Steps went back within one attempt: all entries are folded, none can be pending. */
  readonly wentBack: boolean
  readonly loads: readonly HistoryLoad[]
  /**
   * The checkpoint saves that are part of this history, by tag: a recipe cannot reproduce the load of any other one.
   */
  readonly saves: ReadonlyMap<string, HistorySave>
  /** Tokens of all attempts: a checkpoint with another token comes from another run. */
  readonly tokens: ReadonlySet<string>
  /** The requested `cids` that a line of this history decides, whatever the decision. */
  readonly decided: ReadonlySet<string>
  /** The winning attempt; null for a ledger that our kernel has never opened. */
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
