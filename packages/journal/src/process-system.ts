import { errnoOf } from './errors.ts'

/** `unknown`: the system does not report it, or the process is on another machine or in another pid namespace. */
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
  /** Returns the output of `ps -o pid=,stat=,lstart=` for these processes. */
  ps(pids: readonly number[]): string
  /** A clock in milliseconds, with an arbitrary origin. */
  now(): number
}

/** The parsed record of a process: its machine and namespaces, and its start time by the clock of that machine. */
export interface ProcessPlace {
  readonly pid: number
  readonly place: string
  readonly time: string
}

/** The information that the system currently reports about a process. */
export interface SeenProcess {
  readonly time: string
  /** Whether it is a zombie: it has exited, but its parent has not waited for it. */
  readonly hasEnded: boolean
}

/** Parses the record of a process; null if it cannot be used. */
export function placeOf(pid: number | null, start: string | null): ProcessPlace | null {
  const at = start?.lastIndexOf('/') ?? -1
  if (start === null || at < 0 || pid === null || !Number.isSafeInteger(pid) || pid <= 0) return null
  return { pid, place: start.slice(0, at), time: start.slice(at + 1) }
}

/**
 * Whether there is certainly no such process. A failed query alone does not prove it, because a system may hide other
 * users' processes.
 */
export function isAbsent(system: ProcessSystem, pid: number): boolean {
  try {
    system.probe(pid)
    return false
  } catch (error) {
    return errnoOf(error) === 'ESRCH'
  }
}
