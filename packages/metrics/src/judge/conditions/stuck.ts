import type { LineWindow } from '../line-window.ts'
import { median } from '../noise.ts'
import { trendOf } from '../trend.ts'
import { type ConditionResult, FALSE_RESULT, reported } from './condition-result.ts'

export interface StuckParams {
  /** The number of values that are judged. */
  readonly window: number
  /** The condition is no longer checked once a line has more than this many values. */
  readonly until: number
  /** The check runs only if the count is a multiple of this number. */
  readonly every: number
  /** The median must be above this fraction of the smallest of the first values. */
  readonly share: number
  /** Mann-Kendall's z must be above this. */
  readonly z: number
}

export const STUCK: StuckParams = { window: 120, until: 480, every: 10, share: 0.75, z: -1 }

/**
 * True if a young line of positive values has never decreased and is not decreasing now. It is checked while the
 * line has 120 to 480 values.
 */
export function stuck(window: LineWindow, params: StuckParams = STUCK): ConditionResult {
  const { count } = window
  if (count < params.window || count > params.until || count % params.every !== 0 || !window.isPositive)
    return FALSE_RESULT
  const values = window.tail(params.window)
  const { initialLeast } = window
  const now = median(values)
  if (!(now > params.share * initialLeast)) return FALSE_RESULT
  const trend = trendOf(values)
  if (trend === undefined || trend.z <= params.z) return FALSE_RESULT
  return {
    is: true,
    because: `${reported(window, now)} over the last ${values.length} values, ${reported(window, initialLeast)} at the start`,
  }
}
