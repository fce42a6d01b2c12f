// The program that keeps one training: starts it, bounds its output, ends it when asked, and writes down how it ended. It is a
// session of its own, so it outlives the program that launched it.
import { keep } from './node/keep.ts'
import type { KeeperJob, KeeperMessage } from './node/keeper-job.ts'

const job = await receiveJob()
process.exitCode = await keep(job, tell)
if (process.connected) process.disconnect()

function receiveJob(): Promise<KeeperJob> {
  return new Promise((resolve) => {
    // Whoever started it ended before it could say what to do.
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
  // Whoever launched it may be gone already.
  if (process.connected) process.send?.(message, () => undefined)
}
