import { fire } from './arming.ts'
import type { EngineParts } from './engine-parts.ts'
import type { ActionRecord } from './types.ts'

/**
 * Restores the fact that a rule has fired, so that after a restart it still does not fire before its cooldown has passed and its condition
 * has been false.
 */
export function recallFiring(
  { state, armings }: EngineParts,
  { rule, step, command, state: stands, by, ts }: ActionRecord,
): void {
  const arming = armings.get(rule ?? '')
  const steps = step === null || state.lastStep === null ? 0 : Math.max(0, state.lastStep - step)
  if (arming !== undefined) fire(arming, state.clock - steps)
  const isOwn = command !== null && by === null && stands !== 'open' && stands !== 'lapsed' && stands !== 'dismissed'
  if (!isOwn) return
  state.acted++
  state.actedAt = [...state.actedAt, ts]
}
