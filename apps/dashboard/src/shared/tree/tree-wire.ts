import type { Maker } from '@hotcb/protocol'
import type { RunStatus } from '../wire.ts'

/** A stretch of a run that was trained without going back: a load opens the next one. */
export interface Course {
  /** The attempt that opened it; identifies it within the run. */
  readonly attempt: number
  /** The ledger line that opened it. */
  readonly seq: number
  /** Its first step. */
  readonly from: number
  /** The step after its last; null while the run is on it. */
  readonly to: number | null
  /** The attempt of the course that it left; null for the first. */
  readonly parent: number | null
  /** The checkpoint that was loaded; null if the course began in another way. */
  readonly tag: string | null
  /** Who loaded it; null if that is unknown. */
  readonly by: Maker | null
}

/** A checkpoint of the run, and the course that it lies on. */
export interface TreeCheckpoint {
  readonly tag: string
  /** The next step to train from it; null if its `meta.json` cannot be read. */
  readonly step: number | null
  readonly attempt: number
  readonly by: Maker | null
}

/** A run of the family: this one, those that it comes from, and those that were branched from them. */
export interface TreeRun {
  /** Its name in addresses. */
  readonly id: string
  readonly name: string
  /** The run that it was branched from; null for the oldest that is known. */
  readonly parent: string | null
  /** Where it left its parent. */
  readonly from: number
  /** The checkpoint that it began with; null if that was not recorded. */
  readonly tag: string | null
  /** Null before its first step. */
  readonly step: number | null
  readonly status: RunStatus
}

/** The checkpoints of a run, the courses between them, and the runs around it. */
export interface RunTree {
  /** The run itself. */
  readonly id: string
  /** Oldest first, at least one. */
  readonly courses: readonly Course[]
  /** Earliest step first. */
  readonly checkpoints: readonly TreeCheckpoint[]
  /** The run itself among them. */
  readonly runs: readonly TreeRun[]
  /** Runs of the family beyond those that are listed. */
  readonly hidden_runs: number
  /** Where this run was branched from, also if that run is not served here; null for a run that began at its first step. */
  readonly parent: { readonly run: string; readonly step: number; readonly tag: string | null } | null
}
