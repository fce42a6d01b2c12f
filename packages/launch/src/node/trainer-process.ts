import { spawn } from 'node:child_process'
import { hostname } from 'node:os'
import { groupExists, processStartOf, processState } from '@hotcb/journal'
import type { ProcessMark } from '../process-log.ts'

/** How a process ended; both fields are null if its end was not observed. */
export interface ExitOf {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

/** A training process, and all processes that it starts in its group. */
export interface TrainerProcess {
  readonly mark: ProcessMark
  readonly ended: Promise<ExitOf>
  /** Sends a signal to the whole group. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void
  /** Whether any process in the group is left. */
  hasGroup(): boolean
}

/**
 * Starts a program in its own session, with its output in a file.
 *
 * @throws The system's error if there is no such program.
 */
export async function startTrainer(
  argv: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly outFd: number },
): Promise<TrainerProcess> {
  const [program = '', ...args] = argv
  const { cwd, env, outFd } = options
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', outFd, outFd] })
  const ended = new Promise<ExitOf>((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }))
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', () => resolve())
    child.once('error', reject)
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`\`${program}\` has no process ID`)
  return trainerOf({ pid, start: processStartOf(pid), host: hostname() }, ended)
}

const LOOK_MS = 200

/**
 * Takes over a training process that another keeper started; undefined if the process is not running. Its end can be
 * observed, but not its exit code.
 */
export function adoptTrainer(mark: ProcessMark): TrainerProcess | undefined {
  const isRunning = (): boolean => processState(mark.pid, mark.start) === 'running'
  if (!isRunning()) return undefined
  const ended = new Promise<ExitOf>((resolve) => {
    const timer = setInterval(() => {
      if (isRunning()) return
      clearInterval(timer)
      resolve({ exitCode: null, signal: null })
    }, LOOK_MS)
  })
  return trainerOf(mark, ended)
}

function trainerOf(mark: ProcessMark, ended: Promise<ExitOf>): TrainerProcess {
  // A signal to group 0 or 1 would reach this process, or every process on the machine.
  if (!Number.isSafeInteger(mark.pid) || mark.pid <= 1) throw new RangeError(`${mark.pid} is not a training process`)
  return {
    mark,
    ended,
    signal(signal) {
      try {
        process.kill(-mark.pid, signal)
      } catch {
        // The group has ended in the meantime.
      }
    },
    hasGroup: () => groupExists(mark.pid),
  }
}
