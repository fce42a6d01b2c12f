import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readlinkSync, readSync } from 'node:fs'
import { errnoOf } from './errors.ts'
import { linuxMarks } from './process-mark-linux.ts'
import { psMarks } from './process-mark-ps.ts'
import type { ProcessMarks, ProcessState, ProcessSystem } from './process-system.ts'
import { runningMs } from './running-ms.ts'

/**
 * Returns a string that, together with the pid, identifies this process uniquely. No later process and no process on
 * another machine or in another container has the same pair.
 *
 * On Linux it is `<boot id>/<pid namespace>/<time namespace>/<start time in clock ticks>`. On other systems it consists
 * of the start times of the system and of the process as `ps` prints them. Null if the system does not report them
 * (Windows).
 */
export function processStart(): string | null {
  return OURS.start()
}

/** Does the same for another process on this machine. Also null if there is no such process. */
export function processStartOf(pid: number): string | null {
  return OURS.start(pid)
}

/**
 * Returns the state of the process that `pid` and `start`, a {@link processStart}, identify.
 *
 * `running` and `gone` are certain. If another process has the pid now, the state is `gone`. For a process on another
 * machine or in another pid namespace it is `unknown`. A stopped process is `running`; a zombie is `gone`.
 */
export function processState(pid: number | null, start: string | null): ProcessState {
  return OURS.state(pid, start)
}

/** Whether some process has this pid, in the pid namespace of the caller. Use {@link processState} to identify it. */
export function processExists(pid: number | null): boolean {
  // `kill` refuses a pid that is not a whole number, but 0 and below mean groups.
  if (pid === null || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // We may not be allowed to signal it, but it exists.
    return errnoOf(error) === 'EPERM'
  }
}

/** Whether a process group has any member, in the pid namespace of the caller. A zombie counts as a member. */
export function groupExists(pgid: number): boolean {
  // `kill` refuses a pid that is not a whole number, but -1 means every process, and 0 the caller's own group.
  if (pgid <= 1) return false
  try {
    process.kill(-pgid, 0)
    return true
  } catch (error) {
    return errnoOf(error) === 'EPERM'
  }
}

/**
 * Whether a child of this process has exited. It is for callers that block the thread, where the `exit` event cannot
 * arrive. False if the system does not report it (Windows).
 */
export function childHasEnded(pid: number | null): boolean {
  return pid !== null && OURS.hasEnded(pid)
}

/** Creates the queries of this file for a given system. */
export function createProcessMarks(system: ProcessSystem): ProcessMarks {
  const { platform } = system
  if (platform === 'linux') return linuxMarks(system)
  return platform === 'win32' ? NO_MARKS : psMarks(system)
}

const NO_MARKS: ProcessMarks = { start: () => null, state: () => 'unknown', hasEnded: () => false }

const SCRATCH = Buffer.alloc(4096)

/**
 * Reads a file of /proc, which reports no size and is about 300 bytes long. `readFileSync` costs twice as much, and a
 * sweep reads thousands of them.
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
