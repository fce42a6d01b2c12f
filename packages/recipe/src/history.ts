import type { Attempt, JsonObject, Op } from '@hotcb/protocol'
import type { HistoryPlace } from './place.ts'

/** One change that is part of the run: what is needed to make it again, and where it belongs. */
export interface HistoryEntry extends HistoryPlace {
  /** Seq of the line that first made it. */
  readonly seq: number
  /** Written by another kernel, which tells no `call`: its place within the step is its event's. */
  readonly isForeign: boolean
  /** The attempt of its newest line; null where another kernel wrote it. */
  readonly attempt: number | null
  readonly event: string | null
  /** Its `params` are the payload: what was really set. */
  readonly op: Op
  /** Params that put things back as they were before. */
  readonly old: JsonObject | null
  readonly source: string
  /** Seq of the line that it reverts. */
  readonly reverts: number | null
}

/** A checkpoint load that stands; where its save does not stand before it, the run cannot be had again. */
export interface HistoryLoad {
  readonly seq: number
  /** The step that training went on from: what came before it is the checkpoint's. */
  readonly step: number
  readonly tag: string | null
  readonly replayable: boolean
}

/** What a ledger comes to: a pure function of its lines. */
export interface History {
  /** In order of (step, end, call, after, seq), or of seq where steps went back without a seam. */
  readonly entries: readonly HistoryEntry[]
  /** Calls of registered functions, in the same order: part of a recipe, never made again by a restart. */
  readonly calls: readonly HistoryEntry[]
  /** Steps went back within one attempt: all entries are folded, none can be pending. */
  readonly wentBack: boolean
  readonly loads: readonly HistoryLoad[]
  /** The checkpoint saves that are part of this history, by tag: no recipe can reproduce the load of another one. */
  readonly saves: ReadonlyMap<string, HistorySave>
  /** Tokens of all attempts: what carries another token comes from another run. */
  readonly tokens: ReadonlySet<string>
  /** Which of the `cids` asked about are decided by a line of this history, whatever the decision. */
  readonly decided: ReadonlySet<string>
  /** The winning attempt; null in a ledger that our kernel has never opened. */
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
