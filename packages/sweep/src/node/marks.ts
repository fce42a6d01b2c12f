import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { processExists, processState } from '@hotcb/journal'
import { hostMark } from './paths.ts'

/** The marks of the wrapper of an attempt: its start and its end. */
export interface AttemptMarks {
  readonly begun: BegunMark | null
  /** The newest end. */
  readonly ended: EndMark | null
}

/** How a run of an attempt ended. */
export interface EndMark {
  readonly r: number
  readonly code: number
  /** Epoch seconds. */
  readonly ts: number | null
  /** Whether it was asked to end shortly before its time limit, or found that its parent had not completed. */
  readonly cause: 'limit' | 'parent' | null
}

/** The process or task that runs an attempt. */
export type BegunMark = LocalMark | TaskMark

/** A process on this machine, or on another one that sees the same files. */
export interface LocalMark {
  readonly kind: 'local'
  readonly host: string
  /** Of the wrapper, which leads the process group. */
  readonly pid: number
  readonly start: string
  /** Epoch seconds. */
  readonly ts: number | null
  /** As given to CUDA_VISIBLE_DEVICES; empty for none. */
  readonly gpus: string
}

/** A task of a scheduler. */
export interface TaskMark {
  readonly kind: 'slurm' | 'gridengine'
  readonly job: string
  readonly task: number
  readonly host: string
  /** Epoch seconds. */
  readonly ts: number | null
}

/** Which attempt. */
export type MarkedAttempt = readonly [i: number, n: number]

/**
 * The marks of attempts, by `i-n`. Each folder that contains some of them is read once.
 *
 * @param wanted By default all attempts.
 * @param known Begun marks by attempt that were read before: such a mark never changes. New ones are added.
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

/** Whether the wrapper of a begun attempt still runs; undefined if that cannot be determined from here. */
export function isRunning(mark: BegunMark): boolean | undefined {
  if (mark.kind !== 'local') return undefined
  const { host, pid, start } = mark
  if (host !== hostMark()) return undefined
  const state = processState(pid, start)
  if (state !== 'unknown') return state === 'running'
  // A system that reports no start times: only the pid is known.
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
