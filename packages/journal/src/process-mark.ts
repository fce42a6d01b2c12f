import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readlinkSync, readSync } from 'node:fs'
import { errnoOf } from './errors.ts'
import { linuxMarks } from './process-mark-linux.ts'
import { psMarks } from './process-mark-ps.ts'
import type { ProcessMarks, ProcessState, ProcessSystem } from './process-system.ts'
import { runningMs } from './running-ms.ts'

/**
 * Text that, together with its pid, identifies this process uniquely: no later process and no process of another
 * machine or container has the same.
 *
 * On Linux `<boot id>/<pid namespace>/<time namespace>/<start time in clock ticks>`, elsewhere the start times of the
 * system and of the process as `ps` prints them. Null if the system does not report it (Windows).
 */
export function processStart(): string | null {
  return OURS.start()
}

/** The same of another process of this machine; null also if there is no such process. */
export function processStartOf(pid: number): string | null {
  return OURS.start(pid)
}

/**
 * The state of the process that is identified by `pid` and {@link processStart} `start`.
 *
 * `running` and `gone` are certain: if another process has the pid, it is `gone`; a process of another machine or pid
 * namespace is `unknown`. A stopped process is `running`; one that has ended but was not yet waited for is `gone`.
 */
export function processState(pid: number | null, start: string | null): ProcessState {
  return OURS.state(pid, start)
}

/** Whether some process has this pid, in the pid namespace of the caller. Use {@link processState} to identify it. */
export function processExists(pid: number | null): boolean {
  // `kill` itself refuses what is not a whole number; 0 and below are groups.
  if (pid === null || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // We may not be allowed to signal it, but it exists.
    return errnoOf(error) === 'EPERM'
  }
}

/** Whether a process group has any member, in the pid namespace of the caller. A zombie is one. */
export function groupExists(pgid: number): boolean {
  // `kill` itself refuses what is not a whole number; -1 is every process, and 0 the caller's own group.
  if (pgid <= 1) return false
  try {
    process.kill(-pgid, 0)
    return true
  } catch (error) {
    return errnoOf(error) === 'EPERM'
  }
}

/**
 * Whether a child process of this one has ended, for callers that block, so that the `exit` event cannot arrive. False
 * if the system does not report it (Windows).
 */
export function childHasEnded(pid: number | null): boolean {
  return pid !== null && OURS.hasEnded(pid)
}

/** The same queries, for one system. */
export function createProcessMarks(system: ProcessSystem): ProcessMarks {
  const { platform } = system
  if (platform === 'linux') return linuxMarks(system)
  return platform === 'win32' ? NO_MARKS : psMarks(system)
}

const NO_MARKS: ProcessMarks = { start: () => null, state: () => 'unknown', hasEnded: () => false }

const SCRATCH = Buffer.alloc(4096)

/**
 * A file of /proc, which has no size and about 300 bytes: `readFileSync` costs twice as much, and a sweep reads thousands.
 */
function readProcFile(path: string): string {
  const fd = openSync(path, 'r')
  try {
    return SCRATCH.toString('latin1', 0, readSync(fd, SCRATCH, 0, SCRATCH.length, 0))
  } finally {
    closeSync(fd)
  }
}

const OURS: ProcessMarks = createProcessMarks({
  platform: process.platform,
  pid: process.pid,
  readFile: readProcFile,
  readLink: (path) => readlinkSync(path),
  probe: (pid) => void process.kill(pid, 0),
  ps: (pids) =>
    execFileSync('ps', ['-o', 'pid=,stat=,lstart=', '-p', pids.join(',')], {
      encoding: 'utf8',
      timeout: 5000,
      // The language and time zone of the date must not depend on the caller.
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  now: runningMs,
})
