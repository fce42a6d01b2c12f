import { statSync, utimesSync } from 'node:fs'
import { dirname } from 'node:path'
import { processState, runningMs } from '@hotcb/journal'
import type { Holder } from '../hold-lines.ts'
import { type HeartbeatReading, judgeHeartbeat } from '../sign.ts'
import { fileClockMs } from './file-clock.ts'

/** How often a holder touches its log. */
export const TOUCH_MS = 30_000
// A holder on another host, whose process cannot be queried, counts as alive while its log is younger than this.
const LIMIT_MS = 90_000

/** Returns when a log was last written or touched. */
export function logSign(path: string): HeartbeatReading {
  const { mtimeMs, ino, size } = statSync(path)
  return { stamp: `${ino} ${mtimeMs} ${size}`, modifiedMs: mtimeMs, limitMs: LIMIT_MS, nowMs: runningMs() }
}

/** Whether a holder may be alive. Without `takeOver`, a holder is replaced only if it is known to have exited. */
export function mayLive({ pid, start }: Holder, path: string, sign: HeartbeatReading): boolean {
  const state = processState(pid, start)
  if (state !== 'unknown') return state === 'running'
  const seen = judgeHeartbeat(undefined, sign)
  const { verdict } = 'verdict' in seen ? seen : seen.withFileClock(fileClockMs(dirname(path)))
  return verdict !== 'dead'
}

/** Sets the modification time of a log to the file system's current time; false if that is not permitted. */
export function touchLog(path: string): boolean {
  const nowMs = fileClockMs(dirname(path))
  if (nowMs === null) return false
  try {
    utimesSync(path, nowMs / 1000, nowMs / 1000)
    return true
  } catch {
    // Only the owner of a file may set its time.
    return false
  }
}
