// The program that keeps one training run: it starts the training, limits its output, ends it when asked, and records
// how it ended. It has its own session, so it outlives the program that launched it.
import { keep } from './node/keep.ts'
import type { KeeperJob, KeeperMessage } from './node/keeper-job.ts'

const job = await receiveJob()
process.exitCode = await keep(job, tell)
if (process.connected) process.disconnect()

function receiveJob(): Promise<KeeperJob> {
  return new Promise((resolve) => {
    // The launcher ended before it sent the job.
    const giveUp = (): never => process.exit(1)
    process.once('disconnect', giveUp)
    process.once('message', (message) => {
      process.off('disconnect', giveUp)
      // Sent by the same code.
      resolve(message as KeeperJob)
    })
  })
}

function tell(message: KeeperMessage): void {
  // The launcher may have ended.
  if (process.connected) process.send?.(message, () => undefined)
}
