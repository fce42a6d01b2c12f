import { createPace } from './pace.ts'

/** The facts from one check of a run, for the timers. */
export interface Seen {
  /** Seconds of a monotonic clock. */
  readonly now: number
  readonly isAlive: boolean
  readonly isPaused: boolean
  readonly attempt: number | null
  readonly step: number | null
  /** Whether metrics have arrived since the last check. */
  readonly hasRecords: boolean
}

/** The durations of current states, in seconds. */
export interface Durations {
  readonly deadFor: number
  readonly stillFor: number
  readonly quietFor: number | null
  readonly pace: { readonly recent: number; readonly usual: number } | null
}

/** Clocks that advance while a run is being watched. Time during which it was not watched does not count. */
export interface Timers {
  see(seen: Seen): Durations
}

// During a longer gap, the machine slept or the notifier was suspended, so nothing was watched.
const LONGEST_GAP_SECONDS = 30

/** @param hasReported Whether metrics had already arrived before watching began. */
export function createTimers({ hasReported }: { readonly hasReported: boolean }): Timers {
  const pace = createPace()
  let before: Seen | undefined
  let deadSince: number | undefined
  let stillSince = 0
  let quietSince = hasReported ? 0 : undefined
  const restart = (now: number): void => {
    stillSince = now
    if (quietSince !== undefined) quietSince = now
    pace.reset()
  }
  const takeLife = ({ now, isAlive }: Seen, hasGap: boolean): void => {
    if (hasGap || isAlive) deadSince = undefined
    if (!isAlive) deadSince ??= now
  }
  const takeProgress = ({ now, step, hasRecords, isAlive, isPaused }: Seen): void => {
    if (step !== before?.step) stillSince = now
    if (hasRecords) quietSince = now
    if (step !== null && isAlive && !isPaused) pace.see(now, step)
  }
  return {
    see(seen) {
      const { now, isAlive, isPaused, attempt } = seen
      const hasGap = before === undefined || now - before.now > LONGEST_GAP_SECONDS
      if (hasGap || attempt !== before?.attempt || isPaused || !isAlive) restart(now)
      takeLife(seen, hasGap)
      takeProgress(seen)
      before = seen
      return {
        deadFor: deadSince === undefined ? 0 : now - deadSince,
        stillFor: now - stillSince,
        quietFor: quietSince === undefined ? null : now - quietSince,
        pace: pace.now(),
      }
    },
  }
}
