import { statSync } from 'node:fs'
import { type CallbackStatus, callbacksOf } from '@hotcb/run'
import type { Run } from '../../run.ts'

/** Returns the callbacks that the trainer last reported; undefined if it reported none. */
export function readCallbacks(run: Run): readonly CallbackStatus[] | undefined {
  return callbacksOf(run.document('state').value?.modules)
}

/**
 * Waits until the reported callbacks are at least as new as the ledger, so that a callback that was just loaded is listed. The
 * state document is written at most once a second. After 1.5 s, the existing document is used.
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
