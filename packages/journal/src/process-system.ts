import { errnoOf } from './errors.ts'

/** `unknown`: the system does not tell, or the process belongs to another machine or another pid namespace. */
export type ProcessState = 'running' | 'gone' | 'unknown'

/** How a system names its processes, and what it says has become of one. */
export interface ProcessMarks {
  start(): string | null
  state(pid: number | null, start: string | null): ProcessState
  hasEnded(pid: number): boolean
}

/** What is asked of the operating system; tests put another one in its place. */
export interface ProcessSystem {
  readonly platform: string
  readonly pid: number
  readFile(path: string): string
  readLink(path: string): string
  /** Sends no signal; throws `ESRCH` when there is no such process. */
  probe(pid: number): void
  /** What `ps -o pid=,stat=,lstart=` prints of these processes. */
  ps(pids: readonly number[]): string
  /** Milliseconds from any origin. */
  now(): number
}

/** What was recorded of a process, taken apart: where it lives, and when it began by the clock there. */
export interface ProcessPlace {
  readonly pid: number
  readonly place: string
  readonly time: string
}

/** What the system says of a process right now. */
export interface SeenProcess {
  readonly time: string
  /** A zombie: it has ended, and its parent has not asked how. */
  readonly hasEnded: boolean
}

/** Takes apart what was recorded of a process; null where nothing can be said by it. */
export function placeOf(pid: number | null, start: string | null): ProcessPlace | null {
  const at = start?.lastIndexOf('/') ?? -1
  if (start === null || at < 0 || pid === null || !Number.isSafeInteger(pid) || pid <= 0) return null
  return { pid, place: start.slice(0, at), time: start.slice(at + 1) }
}

/** Whether there is certainly no such process: a system may hide those of other users. */
export function isAbsent(system: ProcessSystem, pid: number): boolean {
  try {
    system.probe(pid)
    return false
  } catch (error) {
    return errnoOf(error) === 'ESRCH'
  }
}
