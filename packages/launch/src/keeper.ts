// This program, the keeper, watches one training run: it starts the training, limits the size of its output, stops it on
// request, and records how it ended. The keeper has its own session, so it outlives the program that launched it.
import { keep } from './node/keep.ts'
import type { KeeperJob, KeeperMessage } from './node/keeper-job.ts'

const job = await receiveJob()
process.exitCode = await keep(job, tell)
if (process.connected) process.disconnect()

function receiveJob(): Promise<KeeperJob> {
  return new Promise((resolve) => {
    // The launcher exited before it sent the job.
    const giveUp = (): never => process.exit(1)
    process.once('disconnect', giveUp)
    process.once('message', (message) => {
      process.off('disconnect', giveUp)
      // The cast is safe, because the same code sent the message.
      resolve(message as KeeperJob)
    })
  })
}

function tell(message: KeeperMessage): void {
  // The launcher may have exited.
  if (process.connected) process.send?.(message, () => undefined)
}
