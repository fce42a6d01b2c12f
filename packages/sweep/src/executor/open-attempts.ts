import { type Attempt, type Fold, isEnd, type TrialRecord } from '../journal/fold.ts'
import { newestAttempt } from '../journal/trial-state.ts'
import type { OpenAttempt, OpenSubmission } from './executor.ts'

/** Returns an executor's latest attempts that have not ended, with their trials. */
export function openAttempts(fold: Fold, executor: string): readonly (readonly [TrialRecord, Attempt])[] {
  return [...fold.trials.values()].flatMap((record) => {
    const attempt = newestAttempt(record)
    if (attempt === undefined || attempt.executor !== executor || isEnd(attempt.seen)) return []
    return [[record, attempt] as const]
  })
}

/** Converts an attempt to the form in which an executor is queried about it. */
export function openAttempt({ trial }: TrialRecord, attempt: Attempt): OpenAttempt {
  const { n, sid, task, job, at, seen, r, facts } = attempt
  return { i: trial.i, n, sid, task: task ?? trial.i, job, at, seen, r, facts }
}

/**
 * Returns the submissions whose answer was lost, and the accepted submissions that showed no sign of life for `signSeconds`.
 *
 * @param now Epoch seconds.
 */
export function openSubmissions(
  fold: Fold,
  executor: string,
  signSeconds: number | null,
  now: number,
): readonly OpenSubmission[] {
  const found = new Map<string, { readonly at: number; readonly attempts: (readonly [number, number])[] }>()
  for (const [{ trial }, { sid, n, job, at, seen }] of openAttempts(fold, executor)) {
    const isSilent = signSeconds !== null && seen === null && now - at > signSeconds
    if (job !== null && !isSilent) continue
    const submission = found.get(sid) ?? { at, attempts: [] }
    submission.attempts.push([trial.i, n])
    found.set(sid, submission)
  }
  return [...found].map(([sid, { at, attempts }]) => ({ sid, at, attempts }))
}
