import { onTestFinished, vi } from 'vitest'
import { LaunchError } from '../src/launch-error.ts'
import { keep } from '../src/node/keep.ts'
import type { KeeperJob, KeeperMessage } from '../src/node/keeper-job.ts'

/** The keepers that were started here, and have not ended yet. */
const keepers = new Set<Promise<number>>()

/** Runs the keeper of a training run in this process instead of its own, and waits until the training is running. */
export async function startKeeper(job: KeeperJob): Promise<{ readonly pid: number; readonly isAdopted: boolean }> {
  let kept = Promise.resolve(0)
  const message = await new Promise<KeeperMessage>((resolve) => {
    kept = keep(job, resolve)
    keepers.add(kept)
    void kept.finally(() => keepers.delete(kept))
  })
  if (message.kind === 'started') return message
  await kept
  throw new LaunchError(message.code, message.message)
}

/** Waits until every training run that was started here has ended. */
export async function allKept(): Promise<void> {
  await Promise.all(keepers)
}

/** Delivers signals to the keeper in this process, because a test thread does not receive them. */
export function deliverSignals(): void {
  const kill = process.kill.bind(process)
  const spy = vi.spyOn(process, 'kill').mockImplementation((pid, signal) => {
    if (pid !== process.pid || signal !== 'SIGTERM') return kill(pid, signal)
    process.emit(signal, signal)
    return true
  })
  onTestFinished(() => spy.mockRestore())
}
