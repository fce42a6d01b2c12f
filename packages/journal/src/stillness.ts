import type { BigIntStats } from 'node:fs'
import type { OpenFile } from './held-file-async.ts'
import { runningMs } from './running-ms.ts'

// This is longer than one tick of a typical file system clock. Two writes within one tick can have the same times. A
// file system that stamps whole seconds has ticks of up to two seconds.
const TICK_MS = 25
const COARSE_TICK_MS = 2000

/**
 * Returns the number of milliseconds within which two writes to a file can have the same time. @param changedMs Epoch
 * milliseconds of its last change.
 */
export function tickMs(changedMs: number): number {
  return changedMs % 1000 === 0 ? COARSE_TICK_MS : TICK_MS
}

/**
 * Returns a function that reports whether a file is unchanged since the previous call, so that nothing needs to be
 * read. It returns true only if the file was last read after the clock tick of its last change was over.
 *
 * @param now A clock in milliseconds, with an arbitrary origin. Default: `runningMs`.
 */
export function createStillness(now: () => number = runningMs): (file: Pick<OpenFile, 'serial' | 'stats'>) => boolean {
  let seen: { readonly serial: number; readonly stats: BigIntStats; readonly sinceMs: number } | undefined
  let isSettled = false
  return ({ serial, stats }) => {
    const nowMs = now()
    if (seen === undefined || seen.serial !== serial || !isUntouched(seen.stats, stats)) {
      seen = { serial, stats, sinceMs: nowMs }
      isSettled = false
      return false
    }
    if (isSettled) return true
    isSettled = nowMs - seen.sinceMs >= tickMs(Number(stats.ctimeMs))
    return false
  }
}

function isUntouched(before: BigIntStats, now: BigIntStats): boolean {
  return before.size === now.size && before.mtimeNs === now.mtimeNs && before.ctimeNs === now.ctimeNs
}
