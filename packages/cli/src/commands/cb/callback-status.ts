import { statSync } from 'node:fs'
import { type CallbackStatus, callbacksOf } from '@hotcb/run'
import type { Run } from '../../run.ts'

/** The callbacks that the trainer last reported; undefined if it reported none. */
export function readCallbacks(run: Run): readonly CallbackStatus[] | undefined {
  return callbacksOf(run.document('state').value?.modules)
}

/**
 * The same, at least as new as the ledger: the state document is written at most once a second, and a callback that
 * was just loaded should be listed. After 1.5 s the document is used as it is.
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
