import type { SeenState } from '../journal/event.ts'

/** A scheduler's state, translated to the sweep's name for it, with the class of a failure. */
export interface TaskState {
  readonly state: SeenState
  /** Undefined if the scheduler reports only that it failed. */
  readonly reason?: string
}

/** A scheduler's id: a job and its tasks. */
export interface TaskId {
  readonly job: string
  /** Null if the tasks are not named, because the id is bare or the list was truncated. */
  readonly tasks: readonly number[] | null
  /**
   * Whether the id names no task. It then refers to the whole array or, for a few seconds in SLURM's accounting, to the one task that has
   * the array's number.
   */
  readonly isBare: boolean
}

/** What a scheduler's queue or accounting reports about tasks. */
export interface TaskRow {
  readonly id: TaskId
  readonly jobName: string
  /** The scheduler's own name for the state. */
  readonly word: string
  readonly state: TaskState
  /** Why a task is waiting; empty if the scheduler gives no reason. */
  readonly reason: string
  /** Epoch seconds; null if the scheduler does not report it. */
  readonly submitted: number | null
  readonly begun: number | null
  readonly ended: number | null
  readonly node: string
}

export function isLiveRow(row: TaskRow | undefined): row is TaskRow {
  return row !== undefined && (row.state.state === 'queued' || row.state.state === 'running')
}
