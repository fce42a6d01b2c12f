import type { SweepConfig } from '../config/config.ts'
import type { TrialRecord } from '../journal/fold.ts'
import { isLive, trialState } from '../journal/trial-state.ts'
import { slotsOf } from './slots.ts'
import { mostAtATime } from './throttle.ts'

/**
 * Returns the number of trials that may be started now: the slots that neither running nor resuming trials use. Infinite without a limit.
 */
export function freeSlots(config: SweepConfig, records: Iterable<TrialRecord>): number {
  const most = config.executor === 'local' ? slotsOf(config.local).count : mostAtATime(config)
  if (most === null) return Number.POSITIVE_INFINITY
  let taken = 0
  for (const record of records) {
    const state = trialState(record)
    if (isLive(state) || (state === 'waiting' && record.attempts.length > 0)) taken++
  }
  return Math.max(0, most - taken)
}
