import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { processExists, processState } from '@hotcb/journal'
import { hostMark } from './paths.ts'

/** An attempt's marks: files in which its wrapper records the start and the end. */
export interface AttemptMarks {
  readonly begun: BegunMark | null
  /** The latest end mark; null until the attempt has ended. */
  readonly ended: EndMark | null
}

/** How one run of an attempt ended. */
export interface EndMark {
  readonly r: number
  readonly code: number
  /** Epoch seconds. */
  readonly ts: number | null
  /** `limit` if it was asked to stop shortly before its time limit; `parent` if its parent had not completed. */
  readonly cause: 'limit' | 'parent' | null
}

/** The process or task that is running an attempt. */
export type BegunMark = LocalMark | TaskMark

/** A process on this machine, or on another machine that sees the same files. */
export interface LocalMark {
  readonly kind: 'local'
  readonly host: string
  /** The process ID of the wrapper, which leads the process group. */
  readonly pid: number
  readonly start: string
  /** Epoch seconds. */
  readonly ts: number | null
  /** In CUDA_VISIBLE_DEVICES format; empty for none. */
  readonly gpus: string
}

/** A scheduler task. */
export interface TaskMark {
  readonly kind: 'slurm' | 'gridengine'
  readonly job: string
  readonly task: number
  readonly host: string
  /** Epoch seconds. */
  readonly ts: number | null
}

/** A trial's index and an attempt number. */
export type MarkedAttempt = readonly [i: number, n: number]

/**
 * Returns the marks of attempts, keyed by `i-n`. Each folder that contains any of them is read once.
 *
 * @param wanted The attempts. Default: all.
 * @param known The start marks that were already read, by attempt. They never change. New ones are added.
 */
export function readMarks(
  dir: string,
  wanted?: readonly MarkedAttempt[],
  known?: Map<string, BegunMark>,
): ReadonlyMap<string, AttemptMarks> {
  const marks = new Map<string, AttemptMarks>()
  const keys = wanted === undefined ? null : new Set(wanted.map(([i, n]) => `${i}-${n}`))
  const folders = wanted === undefined ? namesIn(dir) : new Set(wanted.map(([i]) => String(Math.floor(i / 1000))))
  for (const folder of folders) {
    const names = namesIn(join(dir, folder))
    const own = keys === null ? names : names.filter((name) => keys.has(name.split('.', 1)[0] ?? ''))
    for (const name of own) takeMark(marks, join(dir, folder), name, known)
  }
  return marks
}

function takeMark(
  marks: Map<string, AttemptMarks>,
  folder: string,
  name: string,
  known: Map<string, BegunMark> | undefined,
): void {
  const [, attempt, r, code] = /^(\d+-\d+)(?:\.(\d+)=(\d+))?$/.exec(name) ?? []
  if (attempt === undefined) return
  const before = marks.get(attempt) ?? { begun: null, ended: null }
  if (r === undefined) marks.set(attempt, { ...before, begun: begunOf(folder, name, known) })
  else if (Number(r) >= (before.ended?.r ?? 0)) {
    const [ts = '', word] = targetOf(join(folder, name)).split(':')
    const cause = word === 'limit' || word === 'parent' ? word : null
    const ended = { r: Number(r), code: Number(code), ts: secondsOf(ts), cause } as const
    marks.set(attempt, { ...before, ended })
  }
}

function begunOf(folder: string, name: string, known: Map<string, BegunMark> | undefined): BegunMark {
  const before = known?.get(name)
  if (before !== undefined) return before
  const target = targetOf(join(folder, name))
  const begun = readBegun(target)
  // A mark that could not be read may be readable at the next check.
  if (target !== '') known?.set(name, begun)
  return begun
}

/** Whether a started attempt's wrapper is still running; undefined if that cannot be determined from here. */
export function isRunning(mark: BegunMark): boolean | undefined {
  if (mark.kind !== 'local') return undefined
  const { host, pid, start } = mark
  if (host !== hostMark()) return undefined
  const state = processState(pid, start)
  if (state !== 'unknown') return state === 'running'
  // The operating system reports no start times, so only the pid is known.
  return start === '' ? processExists(pid) : undefined
}

function readBegun(target: string): BegunMark {
  const [kind, ...fields] = target.split(':')
  if (kind === 'slurm' || kind === 'gridengine') {
    const [id = '', host = '', ts = ''] = fields
    const [job = '', task = ''] = id.split('_')
    return { kind, job, task: Number(task), host, ts: secondsOf(ts) }
  }
  const [host = '', pid = '', start = '', ts = '', gpus = ''] = fields
  return { kind: 'local', host, pid: Number(pid), start, ts: secondsOf(ts), gpus }
}

function secondsOf(text: string): number | null {
  const seconds = Number(text)
  return text !== '' && Number.isFinite(seconds) ? seconds : null
}

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir)
  } catch {
    // No attempt has started yet.
    return []
  }
}

function targetOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    // The file has just been removed.
    return ''
  }
}
