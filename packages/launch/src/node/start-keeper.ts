import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { messageOf, runFiles } from '@hotcb/protocol'
import { KEEPER_FILE } from '../keeper-file.ts'
import { LaunchError } from '../launch-error.ts'
import type { KeeperJob, KeeperMessage } from './keeper-job.ts'

/** The training that a keeper started or adopted. */
export interface Kept {
  /** The process of the training. */
  readonly pid: number
  /** Whether it was running before. */
  readonly isAdopted: boolean
}

/**
 * Starts a keeper, in its own session, and waits until the training runs.
 *
 * @throws {@link LaunchError} `held`, `not-started`
 */
export async function startKeeper(job: KeeperJob): Promise<Kept> {
  // Errors of the keeper go to the output of the training.
  const errors = openSync(join(job.dir, runFiles.out), 'a')
  const child = spawn(process.execPath, [fileURLToPath(KEEPER_FILE)], {
    detached: true,
    cwd: job.cwd,
    stdio: ['ignore', 'ignore', errors, 'ipc'],
  })
  closeSync(errors)
  try {
    const message = await new Promise<KeeperMessage>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`the process that supervises it ended with exit code ${code}`)))
      // Sent by the same code.
      child.once('message', (message) => resolve(message as KeeperMessage))
      child.send(job, (error) => {
        if (error !== null) reject(error)
      })
    })
    if (message.kind === 'started') return { pid: message.pid, isAdopted: message.isAdopted }
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
