import type { Held, PendingAck } from './snapshot.ts'
import { keyOf, type Task } from './task.ts'

/** The commands that a restored state lacks, while they are done again. */
export interface Lacking {
  readonly hasMore: boolean
  /** The next one; null when none is left. */
  next(): Task | null
  /** What the state holds until all are done, with acks that are not written yet; null when all are. */
  held(pending: readonly PendingAck[]): Held | null
}

/**
 * @param held What the restored state holds.
 * @param tasks What it lacks.
 */
export function createLacking(held: Held, tasks: readonly Task[]): Lacking {
  const ids = [...held.ids]
  let at = 0
  let isPartial = tasks.length > 0
  return {
    get hasMore() {
      return at < tasks.length
    },
    next() {
      const task = tasks[at]
      if (task === undefined) {
        isPartial = false
        return null
      }
      at++
      // A control that takes a snapshot while it is done again is part of what is held.
      ids.push(keyOf(task.command))
      return task
    },
    held: (pending) => (isPartial ? { ...held, ids, pending: [...held.pending, ...pending] } : null),
  }
}
