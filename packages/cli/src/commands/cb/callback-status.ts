import { statSync } from 'node:fs'
import { type CallbackStatus, callbacksOf } from '@hotcb/run'
import type { Run } from '../../run.ts'

/** What the trainer last told of its callbacks; undefined where it told nothing. */
export function readCallbacks(run: Run): readonly CallbackStatus[] | undefined {
  return callbacksOf(run.document('state').value?.modules)
}

/**
 * The same, no older than the ledger is now: the state document is written at most once a second, and who has just
 * loaded a callback wants to see it. After 1.5 s it is taken as it is.
 */
export async function readSettledCallbacks(run: Run): Promise<readonly CallbackStatus[] | undefined> {
  const bytes = statSync(run.path('ledger'), { throwIfNoEntry: false })?.size ?? 0
  for (const until = performance.now() + SETTLE_MS; performance.now() < until; ) {
    const { verdict, state } = run.life()
    if (verdict === 'dead' || (state?.ledger_bytes ?? bytes) >= bytes) break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return readCallbacks(run)
}

const SETTLE_MS = 1500
