import type { TrialRecord } from '../journal/fold.ts'
import { isLive, newestAttempt, type SweepTrialState, trialState } from '../journal/trial-state.ts'

/** A sweep's progress. */
export interface SweepProgress {
  /** The number of trials that have ended. */
  readonly over: number
  /** The number of requested trials, including those that a search has yet to propose. */
  readonly called: number
  /** The estimated seconds until all of them have ended, if trials take as long as earlier ones; null until the first one has ended. */
  readonly leftSeconds: number | null
}

/**
 * @param planned The number of trials in a search that proposes them one after the other; 0 for any other plan.
 * @param now Epoch seconds.
 */
export function sweepProgress(records: Iterable<TrialRecord>, planned: number, now: number): SweepProgress {
  const kept = [...records].filter(({ isDropped }) => !isDropped)
  const waiting = kept.filter((record) => trialState(record) === 'waiting')
  const live = kept.filter((record) => isLive(trialState(record)))
  const over = kept.filter((record) => isOver(trialState(record)))
  const toCome = waiting.length + Math.max(0, planned - over.length - live.length - waiting.length)
  const running = live.map((record) => Math.max(0, now - (newestAttempt(record)?.facts.begun ?? now)))
  const leftSeconds = secondsLeft(over.flatMap(secondsOf), running, toCome)
  return { over: over.length, called: over.length + live.length + toCome, leftSeconds }
}

function isOver(state: SweepTrialState): boolean {
  return !isLive(state) && state !== 'waiting' && state !== 'ready' && state !== 'paused'
}

/** Returns the duration of a trial's latest attempt in seconds; empty if it is not known. */
function secondsOf(record: TrialRecord): readonly number[] {
  const { begun, ended } = newestAttempt(record)?.facts ?? {}
  return begun === undefined || ended === undefined ? [] : [Math.max(0, ended - begun)]
}

/**
 * Estimates the remaining seconds. Waiting trials share the places of running ones, and a trial that has been running longer than usual may
 * finish at any moment.
 */
function secondsLeft(took: readonly number[], running: readonly number[], toCome: number): number | null {
  if (running.length + toCome === 0) return 0
  if (took.length === 0) return null
  const usual = took.reduce((sum, seconds) => sum + seconds, 0) / took.length
  const rest = running.map((seconds) => Math.max(0, usual - seconds))
  const shared = (rest.reduce((sum, seconds) => sum + seconds, 0) + toCome * usual) / Math.max(1, running.length)
  return Math.max(shared, ...rest)
}
