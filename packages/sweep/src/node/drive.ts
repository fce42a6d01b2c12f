import { messageOf } from '@hotcb/protocol'
import { fileClockMs } from '@hotcb/run/node'
import { crashPoint } from './crash-point.ts'
import { livingDriver, removeDriverSign, writeDriverSign } from './driver-sign.ts'
import { executorsInUse } from './executors.ts'
import type { JournalWriter } from './journal.ts'
import { isFull, isSweepError } from './sweep-error.ts'
import { hasWork, tick } from './tick.ts'
import { configInForce, underClaim, type Workspace } from './workspace.ts'

/** Options for a driver. */
export interface DriveOptions {
  /** Milliseconds between two checks; the end of a trial is detected immediately. @defaultValue 1000 */
  readonly everyMs?: number
  /** Checks only once. */
  readonly once?: boolean
  /** Stops the driver; trials continue. */
  readonly signal?: AbortSignal
  /** Called after each check. */
  readonly onTick?: () => void | Promise<void>
  /**
   * Called if a check could not do everything, and the next one tries again: the disk is full, a command has held the claim on the
   * workspace for a long time, or a trial cannot be stopped.
   */
  readonly onTrouble?: (message: string) => void
}

/** Why a driver stopped: nothing is left to do, another driver is running, it was interrupted, or it was to check only once. */
export type DriveEnd = 'done' | 'driven' | 'interrupted' | 'once'

/** Starts, watches and stops a workspace's trials until nothing is left to do. */
export async function drive(workspace: Workspace, options: DriveOptions = {}): Promise<DriveEnd> {
  const { everyMs = 1000, signal } = options
  const wake = createWake(signal)
  const isAborted = (): boolean => signal?.aborted === true
  for (;;) {
    const end = await look(workspace, options, wake.now)
    await options.onTick?.()
    if (end !== null) return end
    if (!isAborted()) await wake.wait(everyMs)
    if (isAborted()) break
  }
  removeDriverSign(workspace.paths)
  return 'interrupted'
}

async function look(
  workspace: Workspace,
  { everyMs = 1000, once = false, onTrouble }: DriveOptions,
  onExit: () => void,
): Promise<DriveEnd | null> {
  const act = async (writer: JournalWriter): Promise<DriveEnd | null> => {
    const other = livingDriver(workspace.paths, () => fileClockMs(workspace.paths.state) ?? Date.now())
    if (other !== null && other.pid !== process.pid) return 'driven'
    // Before the sign is written: if no sweep has been started yet, this driver fails, and must not keep others from driving.
    const executors = executorsInUse(workspace, configInForce(workspace), onExit)
    if (!once) writeDriverSign(workspace.paths, everyMs / 1000)
    crashPoint('signed')
    const problem = await tick(workspace, writer, executors).catch((error: unknown) => {
      if (!once && !isPassing(error) && !isSuperseded(error)) removeDriverSign(workspace.paths)
      throw error
    })
    if (problem !== null) onTrouble?.(problem)
    if (once) return 'once'
    if (hasWork(workspace)) return null
    // The sign of life is removed while the claim is held, so that anyone who calls trials afterwards sees that no driver is running.
    removeDriverSign(workspace.paths)
    return 'done'
  }
  try {
    return await underClaim(workspace, 'drive', act)
  } catch (error) {
    if (once || !isPassing(error)) throw error
    onTrouble?.(isFull(error) ? fullDisk(workspace, error) : messageOf(error))
    return null
  }
}

// The message does not name a file: which write fails first on a full disk is random, so the message would differ at every check.
function fullDisk({ paths }: Workspace, error: unknown): string {
  return `cannot write to \`${paths.state}\`: ${messageOf(error).split(': ').at(-1)}`
}

/** Whether a problem may have disappeared by the next check. Until then, the trials continue. */
function isPassing(error: unknown): boolean {
  return isFull(error) || (isSweepError(error) && error.code === 'claimed')
}

/** Whether another process has taken over the workspace, so that the sign of life may be its own. */
function isSuperseded(error: unknown): boolean {
  return isSweepError(error) && error.code === 'superseded'
}

interface Wake {
  readonly now: () => void
  wait(ms: number): Promise<void>
}

function createWake(signal: AbortSignal | undefined): Wake {
  let isPending = false
  let resolveWait: (() => void) | null = null
  const now = (): void => {
    isPending = true
    resolveWait?.()
  }
  signal?.addEventListener('abort', now)
  return {
    now,
    async wait(ms) {
      if (!isPending) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms)
          resolveWait = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      isPending = false
      resolveWait = null
    },
  }
}
