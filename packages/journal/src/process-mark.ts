import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { errnoOf } from './errors.ts'
import { linuxMarks } from './process-mark-linux.ts'
import { psMarks } from './process-mark-ps.ts'
import type { ProcessMarks, ProcessState, ProcessSystem } from './process-system.ts'
import { runningMs } from './running-ms.ts'

/**
 * Text that, together with its pid, names this process for good: no later process and no process of another machine or
 * container has the same.
 *
 * On Linux `<boot id>/<pid namespace>/<time namespace>/<start time in clock ticks>`, elsewhere the start times of the
 * system and of the process as `ps` prints them. Null where the system does not tell (Windows).
 */
export function processStart(): string | null {
  return OURS.start()
}

/**
 * What has become of a process that called itself `pid` and {@link processStart} `start`.
 *
 * `running` and `gone` are certain: a pid that was given to another process is `gone`, a process of another machine or
 * pid namespace is `unknown`. A stopped process runs; one that has ended and was not yet waited for is `gone`.
 */
export function processState(pid: number | null, start: string | null): ProcessState {
  return OURS.state(pid, start)
}

/**
 * Whether some process has this pid, in the pid namespace of the caller. Which one it is, only {@link processState} tells.
 */
export function processExists(pid: number | null): boolean {
  if (pid === null || !Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It may not be ours to signal; it is there.
    return errnoOf(error) === 'EPERM'
  }
}

/**
 * Whether a child process of this one has ended, asked while this process is blocked and its `exit` event cannot arrive.
 * False where the system does not tell (Windows).
 */
export function childHasEnded(pid: number | null): boolean {
  return pid !== null && OURS.hasEnded(pid)
}

/** These questions, asked of one system. */
export function createProcessMarks(system: ProcessSystem): ProcessMarks {
  const { platform } = system
  if (platform === 'linux') return linuxMarks(system)
  return platform === 'win32' ? NO_MARKS : psMarks(system)
}

const NO_MARKS: ProcessMarks = { start: () => null, state: () => 'unknown', hasEnded: () => false }

const OURS: ProcessMarks = createProcessMarks({
  platform: process.platform,
  pid: process.pid,
  readFile: (path) => readFileSync(path, 'utf8'),
  readLink: (path) => readlinkSync(path),
  probe: (pid) => void process.kill(pid, 0),
  ps: (pids) =>
    execFileSync('ps', ['-o', 'pid=,stat=,lstart=', '-p', pids.join(',')], {
      encoding: 'utf8',
      timeout: 5000,
      // The words of the date, and its hour, must not depend on who asks.
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  now: runningMs,
})
