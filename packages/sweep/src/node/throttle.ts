import type { SweepConfig } from '../config/config.ts'
import type { Executor } from '../executor/executor.ts'
import { openAttempts } from '../executor/open-attempts.ts'
import type { Fold } from '../journal/fold.ts'
import type { JournalWriter } from './journal.ts'

/** An open array job. Its tasks share `max_concurrent` with those of other arrays. */
export interface OpenArray {
  readonly sid: string
  readonly job: string | null
  /** When it was submitted, in epoch seconds. */
  readonly at: number
  readonly tasks: number
  /** The number of tasks that may run at a time. */
  readonly limit: number
}

/**
 * Returns the number of trials that the current executor may run at a time; null if there is no limit, or if it counts its own
 * slots.
 */
export function mostAtATime({ executor, slurm, gridEngine }: SweepConfig): number | null {
  if (executor === 'local') return null
  return (executor === 'slurm' ? slurm?.maxConcurrent : gridEngine?.maxConcurrent) ?? null
}

function openArrays(fold: Fold, { executor }: SweepConfig, most: number): readonly OpenArray[] {
  const bySid = new Map<string, OpenArray>()
  for (const [, { sid, job, at, throttle }] of openAttempts(fold, executor)) {
    const { tasks } = bySid.get(sid) ?? { tasks: 0 }
    bySid.set(sid, { sid, job, at, tasks: tasks + 1, limit: throttle ?? most })
  }
  return [...bySid.values()]
}

function taken(arrays: readonly OpenArray[]): number {
  return arrays.reduce((sum, { tasks, limit }) => sum + Math.min(tasks, limit), 0)
}

/** Returns how many tasks `max_concurrent` leaves for one more submission; null for no limit. */
export function throttleFor(config: SweepConfig, fold: Fold): number | null {
  const most = mostAtATime(config)
  return most === null ? null : Math.max(0, most - taken(openArrays(fold, config, most)))
}

/**
 * Returns each open array's share of `most`. Every array gets at least 1, because a limit of 0 would mean no limit. Arrays that were
 * submitted first are filled first, and later arrays get the rest, so that a running array's share never shrinks below its open tasks.
 */
export function sharesOf(
  arrays: readonly OpenArray[],
  most: number,
): readonly { readonly array: OpenArray; readonly share: number }[] {
  let left = Math.max(0, most - arrays.length)
  return [...arrays]
    .sort((a, b) => a.at - b.at)
    .map((array) => {
      const more = Math.min(array.tasks - 1, left)
      left -= more
      return { array, share: 1 + more }
    })
}

/**
 * Sends the shares of `max_concurrent` to the executor. Shares that shrink are sent before shares that grow, so that the sum never exceeds
 * the limit.
 */
export async function shareThrottle(config: SweepConfig, executor: Executor, writer: JournalWriter): Promise<void> {
  const most = mostAtATime(config)
  if (most === null || executor.throttle === undefined) return
  const shares = sharesOf(openArrays(writer.fold, config, most), most)
  const changes = shares
    .filter(({ array, share }) => share !== Math.min(array.tasks, array.limit) && array.job !== null)
    .sort((a, b) => a.share - a.array.limit - (b.share - b.array.limit))
  for (const { array, share } of changes) {
    const said = await executor.throttle(array.job ?? '', share)
    if (!said.answered) return
    writer.appendBy('driver', { type: 'throttle', sid: array.sid, tasks: share })
  }
}
