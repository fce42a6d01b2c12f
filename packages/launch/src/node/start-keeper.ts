import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describeExit, messageOf, runFiles } from '@hotcb/protocol'
import { KEEPER_FILE } from '../keeper-file.ts'
import { LaunchError } from '../launch-error.ts'
import type { KeeperJob, KeeperMessage } from './keeper-job.ts'

/** The training that a keeper started or took over. */
export interface Kept {
  /** The ID of the training process. */
  readonly pid: number
  /** Whether the training was already running. */
  readonly isAdopted: boolean
}

/**
 * Starts a keeper in its own session, and waits until the training is running, or until the keeper has exited.
 *
 * @throws {@link LaunchError} `held`, `not-started`
 */
export async function startKeeper(job: KeeperJob): Promise<Kept> {
  // The keeper's errors go to the training output.
  const errors = openSync(join(job.dir, runFiles.out), 'a')
  const child = spawn(process.execPath, [fileURLToPath(KEEPER_FILE)], {
    detached: true,
    cwd: job.cwd,
    stdio: ['ignore', 'ignore', errors, 'ipc'],
  })
  closeSync(errors)
  // Unlike `exit`, `close` comes after the last message.
  const closed = new Promise<string>((resolve) => {
    child.once('close', (code, signal) => resolve(describeExit(code, signal)))
  })
  try {
    const message = await new Promise<KeeperMessage>((resolve, reject) => {
      child.once('error', reject)
      // The cast is safe, because the same code sent the message.
      child.once('message', (message) => resolve(message as KeeperMessage))
      void closed.then((exit) => reject(new Error(`the process that supervises it ${exit}`)))
      // If the job cannot be sent, the keeper has exited, or it exits because its channel is closed.
      child.send(job, () => undefined)
    })
    if (message.kind === 'started') return { pid: message.pid, isAdopted: message.isAdopted }
    // It still writes to the run directory, which the caller may remove.
    await closed
    throw new LaunchError(message.code, message.message)
  } catch (cause) {
    if (cause instanceof LaunchError) throw cause
    throw new LaunchError('not-started', `the training could not be started: ${messageOf(cause)}`, { cause })
  } finally {
    if (child.connected) child.disconnect()
    child.removeAllListeners()
    child.unref()
  }
}
