import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { processExists, processState } from '@hotcb/journal'
import { hostMark } from './paths.ts'

/** What the wrapper of an attempt left: that it began, and how it ended. */
export interface AttemptMarks {
  readonly begun: BegunMark | null
  /** The newest end. */
  readonly ended: { readonly r: number; readonly code: number; readonly ts: number | null } | null
}

/** Who runs an attempt on this kind of executor. */
export interface BegunMark {
  /** As it stands in the link. */
  readonly ref: string
  readonly host: string
  /** Of the wrapper, which leads the process group. */
  readonly pid: number
  readonly start: string
  readonly ts: number | null
  /** As given to CUDA_VISIBLE_DEVICES; empty for none. */
  readonly gpus: string
}

/** The marks of all attempts, by `i-n`. One look at each folder of marks. */
export function readMarks(dir: string): ReadonlyMap<string, AttemptMarks> {
  const marks = new Map<string, AttemptMarks>()
  for (const folder of namesIn(dir)) {
    for (const name of namesIn(join(dir, folder))) {
      const [, attempt, r, code] = /^(\d+-\d+)(?:\.(\d+)=(\d+))?$/.exec(name) ?? []
      if (attempt === undefined) continue
      const target = targetOf(join(dir, folder, name))
      const before = marks.get(attempt) ?? { begun: null, ended: null }
      if (r === undefined) marks.set(attempt, { ...before, begun: readBegun(target) })
      else if (Number(r) >= (before.ended?.r ?? 0)) {
        const ended = { r: Number(r), code: Number(code), ts: secondsOf(target) }
        marks.set(attempt, { ...before, ended })
      }
    }
  }
  return marks
}

/** Whether the wrapper of a begun attempt still runs; undefined where that cannot be told from here. */
export function isRunning({ host, pid, start }: BegunMark): boolean | undefined {
  if (host !== hostMark()) return undefined
  const state = processState(pid, start)
  if (state !== 'unknown') return state === 'running'
  // A system that gives no start times: the pid is all there is.
  return start === '' ? processExists(pid) : undefined
}

function readBegun(target: string): BegunMark {
  const [, host = '', pid = '', start = '', ts = '', gpus = ''] = target.split(':')
  return { ref: target, host, pid: Number(pid), start, ts: secondsOf(ts), gpus }
}

function secondsOf(text: string): number | null {
  const seconds = Number(text)
  return text !== '' && Number.isFinite(seconds) ? seconds : null
}

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir)
  } catch {
    // Nothing has begun yet.
    return []
  }
}

function targetOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    // Removed at this moment.
    return ''
  }
}
