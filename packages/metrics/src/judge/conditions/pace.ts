import { type ConditionResult, FALSE_RESULT, short } from './condition-result.ts'

/** The factor above the usual step time that counts as slow. */
export const SLOW_RATIO = 1.5

/**
 * True if steps are taking much longer than usual. It is only for callers with a clock and is never called inside a trainer.
 *
 * @param recent Seconds per step over the last 30 seconds.
 * @param usual Seconds per step over the last 5 minutes.
 */
export function slow(recent: number, usual: number, ratio: number = SLOW_RATIO): ConditionResult {
  if (!(recent > ratio * usual)) return FALSE_RESULT
  return { is: true, because: `a step takes ${short(recent)} s, usually ${short(usual)} s` }
}

/**
 * True if nothing has been reported for a minute and for the duration of twenty steps. It is only for callers with a
 * clock.
 *
 * @param quietSeconds Seconds since the last record.
 * @param stepSeconds Seconds per step, if known.
 */
export function silent(quietSeconds: number, stepSeconds: number | undefined, least = 60): ConditionResult {
  if (!(quietSeconds > Math.max(least, 20 * (stepSeconds ?? 0)))) return FALSE_RESULT
  return { is: true, because: `nothing reported for ${Math.round(quietSeconds)} s` }
}
