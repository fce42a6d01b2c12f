import type { Held, PendingAck } from './snapshot.ts'
import { keyOf, type Task } from './task.ts'

/** The commands that a restored state lacks, while they are re-applied. */
export interface Lacking {
  readonly hasMore: boolean
  /** Returns the next one; null if none is left. */
  next(): Task | null
  /** Returns the content of the state, with unwritten acks, until all commands are re-applied; then null. */
  held(pending: readonly PendingAck[]): Held | null
}

/**
 * @param held The content of the restored state.
 * @param tasks The commands that it lacks.
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
      // If a control takes a snapshot while it is re-applied, the content includes that control's command.
      ids.push(keyOf(task.command))
      return task
    },
    held: (pending) => (isPartial ? { ...held, ids, pending: [...held.pending, ...pending] } : null),
  }
}
