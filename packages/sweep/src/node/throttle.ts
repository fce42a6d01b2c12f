import type { SweepConfig } from '../config/config.ts'
import type { Executor } from '../executor/executor.ts'
import { openAttempts } from '../executor/open-attempts.ts'
import type { Fold } from '../journal/fold.ts'
import type { JournalWriter } from './journal.ts'

/** An array job that is open: its tasks share `max_concurrent` with those of other arrays. */
interface OpenArray {
  readonly sid: string
  readonly job: string | null
  readonly tasks: number
  /** Tasks that may run at a time. */
  readonly limit: number
}

/** What the executor in force may run at a time; null for no limit, and where it counts its own slots. */
export function mostAtATime({ executor, slurm, gridEngine }: SweepConfig): number | null {
  if (executor === 'local') return null
  return (executor === 'slurm' ? slurm?.maxConcurrent : gridEngine?.maxConcurrent) ?? null
}

function openArrays(fold: Fold, { executor }: SweepConfig, most: number): readonly OpenArray[] {
  const bySid = new Map<string, OpenArray>()
  for (const [, { sid, job, throttle }] of openAttempts(fold, executor)) {
    const { tasks } = bySid.get(sid) ?? { tasks: 0 }
    bySid.set(sid, { sid, job, tasks: tasks + 1, limit: throttle ?? most })
  }
  return [...bySid.values()]
}

function taken(arrays: readonly OpenArray[]): number {
  return arrays.reduce((sum, { tasks, limit }) => sum + Math.min(tasks, limit), 0)
}

/** What `max_concurrent` leaves for one more submission; null for no limit. */
export function throttleFor(config: SweepConfig, fold: Fold): number | null {
  const most = mostAtATime(config)
  return most === null ? null : Math.max(0, most - taken(openArrays(fold, config, most)))
}

/**
 * Gives each open array its share of `max_concurrent`: those that were submitted first fill up first, and what they do not
 * need passes on. Shares shrink before others grow, so that the sum is never above the limit.
 */
export async function shareThrottle(config: SweepConfig, executor: Executor, writer: JournalWriter): Promise<void> {
  const most = mostAtATime(config)
  if (most === null || executor.throttle === undefined) return
  const arrays = openArrays(writer.fold, config, most)
  let left = most
  const shares = arrays.map((array) => {
    // An array cannot be limited to 0: that would mean no limit.
    const share = Math.max(1, Math.min(array.tasks, left))
    left -= share
    return { array, share }
  })
  const changes = shares
    .filter(({ array, share }) => share !== Math.min(array.tasks, array.limit) && array.job !== null)
    .sort((a, b) => a.share - a.array.limit - (b.share - b.array.limit))
  for (const { array, share } of changes) {
    const said = await executor.throttle(array.job ?? '', share)
    if (!said.answered) return
    writer.appendBy('driver', { type: 'throttle', sid: array.sid, tasks: share })
  }
}
