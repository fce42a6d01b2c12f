import { RETRY_CLASSES, type Retries } from '../config/config.ts'
import type { TrialRecord } from '../journal/fold.ts'
import { newestAttempt, trialState } from '../journal/trial-state.ts'

/** Returns when a failed trial will be retried, in epoch seconds; null if it will not be retried. */
export function nextRetryAt(record: TrialRecord, { byClass, backoff }: Retries): number | null {
  if (record.isDropped || trialState(record) !== 'failed') return null
  const attempt = newestAttempt(record)
  const reason = classOf(attempt?.facts.reason)
  if (attempt === undefined || reason === undefined) return null
  const failures = record.attempts.filter(({ facts }) => classOf(facts.reason) === reason).length
  if (failures > byClass[reason]) return null
  return (attempt.facts.ended ?? attempt.at) + backoff * 2 ** (failures - 1)
}

/** Returns the failure class. A process that was killed by a signal from outside hotcb is `killed`. */
function classOf(reason: string | undefined): (typeof RETRY_CLASSES)[number] | undefined {
  if (reason === 'signal') return 'killed'
  return RETRY_CLASSES.find((one) => one === reason)
}
