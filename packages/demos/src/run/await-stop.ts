import { setTimeout as sleep } from 'node:timers/promises'
import type { Liveness } from '@hotcb/run'
import { queuedCommands, type Run, settleLiveness } from '@hotcb/run/node'

/** A stopped trainer first ends its step, saves a checkpoint and evaluates. */
const WAIT_MS = 30_000
const LOOK_MS = 200

/**
 * Checks whether the trainer of a run is alive. If it has been asked to stop, its end is awaited for at most 30 seconds, so
 * that a run can be continued immediately after `hotcb stop`.
 */
export async function lifeAfterStop(run: Run): Promise<Liveness> {
  let life = await settleLiveness(run)
  for (let waitedMs = 0; waitedMs < WAIT_MS && life.verdict === 'alive' && isStopping(run); waitedMs += LOOK_MS) {
    await sleep(LOOK_MS)
    life = await settleLiveness(run)
  }
  return life
}

function isStopping(run: Run): boolean {
  const [newest] = run.last('ledger', 1, ({ value }) => value.module === 'core' && ENDS.has(value.op))
  if (newest?.value.op === 'stop' && newest.value.decision === 'applied') return true
  return queuedCommands(run).some(({ command }) => command.module === 'core' && command.op === 'stop' && !command.at)
}

/** A later attempt has not been stopped by the `stop` of an earlier one. */
const ENDS: ReadonlySet<string> = new Set(['stop', 'attempt'])
