import { errnoOf } from './errors.ts'

/** `unknown`: the system does not report it, or the process belongs to another machine or another pid namespace. */
export type ProcessState = 'running' | 'gone' | 'unknown'

/** How a system identifies its processes, and how it reports their state. */
export interface ProcessMarks {
  start(pid?: number): string | null
  state(pid: number | null, start: string | null): ProcessState
  hasEnded(pid: number): boolean
}

/** The calls to the operating system; tests replace them. */
export interface ProcessSystem {
  readonly platform: string
  readonly pid: number
  readFile(path: string): string
  readLink(path: string): string
  /** Sends no signal; throws `ESRCH` if there is no such process. */
  probe(pid: number): void
  /** The output of `ps -o pid=,stat=,lstart=` for these processes. */
  ps(pids: readonly number[]): string
  /** A clock in milliseconds, from any origin. */
  now(): number
}

/** The parsed record of a process: where it lives, and when it started by the clock there. */
export interface ProcessPlace {
  readonly pid: number
  readonly place: string
  readonly time: string
}

/** What the system currently reports about a process. */
export interface SeenProcess {
  readonly time: string
  /** A zombie: it has ended, and its parent has not waited for it. */
  readonly hasEnded: boolean
}

/** Parses the record of a process; null if it cannot be used. */
export function placeOf(pid: number | null, start: string | null): ProcessPlace | null {
  const at = start?.lastIndexOf('/') ?? -1
  if (start === null || at < 0 || pid === null || !Number.isSafeInteger(pid) || pid <= 0) return null
  return { pid, place: start.slice(0, at), time: start.slice(at + 1) }
}

/** Whether it is certain that there is no such process: a system may hide those of other users. */
export function isAbsent(system: ProcessSystem, pid: number): boolean {
  try {
    system.probe(pid)
    return false
  } catch (error) {
    return errnoOf(error) === 'ESRCH'
  }
}
