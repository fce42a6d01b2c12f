import { RETRY_CLASSES, type Retries } from '../config/config.ts'
import type { TrialRecord } from '../journal/fold.ts'
import { newestAttempt, trialState } from '../journal/trial-state.ts'

/** When a failed trial is tried again, in epoch seconds; null if it is not. */
export function nextRetryAt(record: TrialRecord, { byClass, backoff }: Retries): number | null {
  if (record.isDropped || trialState(record) !== 'failed') return null
  const attempt = newestAttempt(record)
  const reason = classOf(attempt?.facts.reason)
  if (attempt === undefined || reason === undefined) return null
  const failures = record.attempts.filter(({ facts }) => classOf(facts.reason) === reason).length
  if (failures > byClass[reason]) return null
  return (attempt.facts.ended ?? attempt.at) + backoff * 2 ** (failures - 1)
}

/** An end by a signal that nobody of ours sent counts as `killed`. */
function classOf(reason: string | undefined): (typeof RETRY_CLASSES)[number] | undefined {
  if (reason === 'signal') return 'killed'
  return RETRY_CLASSES.find((one) => one === reason)
}
