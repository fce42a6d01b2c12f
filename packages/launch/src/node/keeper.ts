import { hostname } from 'node:os'
import { errnoOf, processState } from '@hotcb/journal'
import { runFiles } from '@hotcb/protocol'
import { type Holder, showHolder } from '@hotcb/run'
import { type Run, readHolder } from '@hotcb/run/node'
import { LaunchError } from '../launch-error.ts'
import { sendStop } from './stopper.ts'

/** The keeper: the process that watches a training run. */
export interface Keeper {
  /** `launch (process 7 on gpu-3)`. */
  readonly text: string
  /** Its process ID on this machine; null if it is on a different machine or in a container. */
  readonly pid: number | null
}

/** Returns the keeper of a run; null if none is running. */
export function findKeeper(run: Run): Keeper | null {
  const reading = readHolder(run, runFiles.launch)
  if (reading?.isAlive !== true) return null
  const { holder } = reading
  return { text: showHolder(holder), pid: isHere(holder) ? holder.pid : null }
}

// On a different machine, the same number belongs to a different process. Groups 0 and 1 are never keepers.
function isHere({ pid, start, host }: Holder): boolean {
  if (pid === null || pid <= 1) return false
  // Windows does not report when a process started.
  return start === null ? host === hostname() : processState(pid, start) === 'running'
}

/**
 * Asks a keeper to stop its training. On a different machine, only its kernel can be reached, with a `stop` command.
 *
 * @throws {@link LaunchError} `held` if neither can be reached.
 */
export function askKeeper(run: Run, { pid, text }: Keeper): void {
  if (pid !== null) signal(pid)
  else if (sendStop(run, 'interrupted') === null) {
    throw new LaunchError(
      'held',
      `the training is watched by ${text}, which cannot be reached from this machine: stop it there`,
    )
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch (error) {
    // It has exited in the meantime.
    if (errnoOf(error) !== 'ESRCH') throw error
  }
}
