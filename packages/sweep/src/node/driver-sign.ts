import { rmSync, statSync } from 'node:fs'
import { processStart, processState, readDocument, replaceDocument } from '@hotcb/journal'
import { isObject, parseJson } from '@hotcb/protocol'
import { hostMark, type WorkspacePaths } from './paths.ts'

/**
 * A file by which a process shows that it is alive. A workspace has at most one of each: the driver's in `driver.json`, the monitor's in
 * `monitor.json`.
 */
export interface DriverSign {
  readonly host: string
  readonly pid: number
  readonly start: string | null
  /** Seconds between two checks. */
  readonly every: number
  /** Epoch seconds. */
  readonly tickAt: number
}

export function writeDriverSign({ driver }: WorkspacePaths, every: number): void {
  writeSign(driver, every)
}

/** @param more Additional fields for the document. */
export function writeSign(path: string, every: number, more: Readonly<Record<string, unknown>> = {}): void {
  const sign = { host: hostMark(), pid: process.pid, start: processStart(), every, tick_at: Date.now() / 1000, ...more }
  replaceDocument(path, `${JSON.stringify(sign)}\n`)
}

export function removeDriverSign({ driver }: WorkspacePaths): void {
  rmSync(driver, { force: true })
}

/**
 * Returns the live driver of a workspace; null if there is none. A suspended driver does not renew its sign of life, so it is ignored after
 * a minute and another driver takes over.
 *
 * @param now Returns the file server's time in epoch milliseconds.
 */
export function livingDriver({ driver }: WorkspacePaths, now?: () => number): DriverSign | null {
  return livingSign(driver, now)
}

/**
 * Returns the process whose sign of life is in this file; null if it has exited. The rules are those of {@link livingDriver}.
 */
export function livingSign(path: string, now: () => number = Date.now): DriverSign | null {
  const sign = readSign(path)
  if (sign === null) return null
  if (sign.host === hostMark() && processState(sign.pid, sign.start) === 'gone') return null
  const age = (now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0)) / 1000
  return age <= Math.max(60, 3 * sign.every) ? sign : null
}

/** Returns the sign of life in a file, from any process; null if there is none. */
export function readSign(path: string): DriverSign | null {
  const parsed = parseJson(readDocument(path)?.text ?? '')
  if (!parsed.ok || !isObject(parsed.value)) return null
  const { host, pid, start, every, tick_at: tickAt } = parsed.value
  if (typeof host !== 'string' || typeof pid !== 'number') return null
  return {
    host,
    pid,
    start: typeof start === 'string' ? start : null,
    every: typeof every === 'number' ? every : 1,
    tickAt: typeof tickAt === 'number' ? tickAt : 0,
  }
}
