import type { SeenState } from '../journal/event.ts'

/** A state of a scheduler under its name in a sweep, with the class of a failure. */
export interface TaskState {
  readonly state: SeenState
  /** Undefined if the scheduler reports only that it failed. */
  readonly reason?: string
}

/** An id of a scheduler: a job, and its tasks. */
export interface TaskId {
  readonly job: string
  /** Null if they are not named: a bare id, or a list that was cut. */
  readonly tasks: readonly number[] | null
  /**
   * The id has no task at all: the whole array, or, in the accounting of SLURM for some seconds, the one task that has the
   * number of the array.
   */
  readonly isBare: boolean
}

/** What the queue or the accounting of a scheduler contains about tasks. */
export interface TaskRow {
  readonly id: TaskId
  readonly jobName: string
  /** The scheduler's own name of the state. */
  readonly word: string
  readonly state: TaskState
  /** Why a task waits, or nothing. */
  readonly reason: string
  /** Epoch seconds; null if the scheduler does not know. */
  readonly submitted: number | null
  readonly begun: number | null
  readonly ended: number | null
  readonly node: string
}

export function isLiveRow(row: TaskRow | undefined): row is TaskRow {
  return row !== undefined && (row.state.state === 'queued' || row.state.state === 'running')
}
