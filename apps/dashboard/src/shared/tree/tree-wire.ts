import type { Maker } from '@hotcb/protocol'
import type { RunStatus } from '../wire.ts'

/** A stretch of a run that was trained without going back. Loading a checkpoint opens the next one. */
export interface Course {
  /** The attempt that opened the course. It identifies the course within the run. */
  readonly attempt: number
  /** The ledger line that opened it. */
  readonly seq: number
  /** Its first step. */
  readonly from: number
  /** The step after its last one; null for the current course. */
  readonly to: number | null
  /** The attempt of the course from which it branches; null for the first. */
  readonly parent: number | null
  /** The checkpoint that was loaded; null if the course began in another way. */
  readonly tag: string | null
  /** Who loaded it; null if that is unknown. */
  readonly by: Maker | null
}

/** A checkpoint of the run, and the course on which it was saved. */
export interface TreeCheckpoint {
  readonly tag: string
  /** The next step to train from this checkpoint; null if its `meta.json` cannot be read. */
  readonly step: number | null
  readonly attempt: number
  readonly by: Maker | null
}

/** A run of the family: this run, its ancestors, and the runs branched from them. */
export interface TreeRun {
  /** Its id in addresses. */
  readonly id: string
  readonly name: string
  /** The run that it was branched from; null for the oldest known run. */
  readonly parent: string | null
  /** The step at which it branched. */
  readonly from: number
  /** The checkpoint that it started with; null if that was not recorded. */
  readonly tag: string | null
  /** Null before its first step. */
  readonly step: number | null
  readonly status: RunStatus
}

/** A run's checkpoints and courses, and the related runs. */
export interface RunTree {
  /** The id of the run itself. */
  readonly id: string
  /** Oldest first. There is at least one. */
  readonly courses: readonly Course[]
  /** Earliest step first. */
  readonly checkpoints: readonly TreeCheckpoint[]
  /** These include the run itself. */
  readonly runs: readonly TreeRun[]
  /** How many runs of the family are not listed. */
  readonly hidden_runs: number
  /** The run and step from which this run was branched, even if this server does not serve that run; null if it was not branched. */
  readonly parent: { readonly run: string; readonly step: number; readonly tag: string | null } | null
}
