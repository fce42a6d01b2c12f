import { statSync, utimesSync } from 'node:fs'
import { dirname } from 'node:path'
import { processState, runningMs } from '@hotcb/journal'
import type { Holder } from '../hold-lines.ts'
import { judgeSign, type Sign } from '../sign.ts'
import { fileClockMs } from './file-clock.ts'

/** How often a holder touches its log. */
export const TOUCH_MS = 30_000
// A holder of another host, whose process cannot be asked about, is taken for alive while its log is younger.
const LIMIT_MS = 90_000

/** When a log was last written or touched. */
export function logSign(path: string): Sign {
  const { mtimeMs, ino, size } = statSync(path)
  return { stamp: `${ino} ${mtimeMs} ${size}`, modifiedMs: mtimeMs, limitMs: LIMIT_MS, nowMs: runningMs() }
}

/** Whether a holder may be alive: only one that is known to be gone is replaced without being asked. */
export function mayLive({ pid, start }: Holder, path: string, sign: Sign): boolean {
  const state = processState(pid, start)
  if (state !== 'unknown') return state === 'running'
  const seen = judgeSign(undefined, sign)
  const { verdict } = 'verdict' in seen ? seen : seen.withFileClock(fileClockMs(dirname(path)))
  return verdict !== 'dead'
}

/** Gives a log the time of now by the clock that stamps the files; false where that is not permitted. */
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
