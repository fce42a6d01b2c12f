import { type ConditionResult, NOT_TRUE, short } from './condition-result.ts'

/** How many times the usual step time is slow. */
export const SLOW_RATIO = 1.5

/**
 * True when a step takes much longer than it used to. For those who have a clock: never asked inside a trainer.
 *
 * @param recent Seconds a step over the last 30 seconds.
 * @param usual Seconds a step over the last 5 minutes.
 */
export function slow(recent: number, usual: number, ratio: number = SLOW_RATIO): ConditionResult {
  if (!(recent > ratio * usual)) return NOT_TRUE
  return { is: true, because: `a step takes ${short(recent)} s, ${short(usual)} s is usual` }
}

/**
 * True when nothing has been reported for a minute, and for the time of twenty steps. For those who have a clock.
 *
 * @param quietSeconds Seconds since the last record.
 * @param stepSeconds Seconds a step, where known.
 */
export function silent(quietSeconds: number, stepSeconds: number | undefined, least = 60): ConditionResult {
  if (!(quietSeconds > Math.max(least, 20 * (stepSeconds ?? 0)))) return NOT_TRUE
  return { is: true, because: `nothing reported for ${Math.round(quietSeconds)} s` }
}
