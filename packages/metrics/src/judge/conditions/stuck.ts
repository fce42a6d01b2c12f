import type { LineWindow } from '../line-window.ts'
import { median } from '../noise.ts'
import { trendOf } from '../trend.ts'
import { type ConditionResult, NOT_TRUE, reported } from './condition-result.ts'

export interface StuckParams {
  /** Values that are looked at. */
  readonly window: number
  /** After so many values of a line it is no longer looked for. */
  readonly until: number
  /** Looked at whenever the count is a multiple of this. */
  readonly every: number
  /** The median must be above this share of the first values. */
  readonly share: number
  /** Mann-Kendall's z must be above this. */
  readonly z: number
}

export const STUCK: StuckParams = { window: 120, until: 480, every: 10, share: 0.75, z: -1 }

/** True when a young line of positive values has never come down and does not fall. Needs 120 values; until 480. */
export function stuck(window: LineWindow, params: StuckParams = STUCK): ConditionResult {
  const { count } = window
  if (count < params.window || count > params.until || count % params.every !== 0 || !window.isPositive) return NOT_TRUE
  const values = window.tail(params.window)
  const { initialLeast } = window
  const now = median(values)
  if (!(now > params.share * initialLeast)) return NOT_TRUE
  const trend = trendOf(values)
  if (trend === undefined || trend.z <= params.z) return NOT_TRUE
  return {
    is: true,
    because: `${reported(window, now)} over the last ${values.length} values, ${reported(window, initialLeast)} at the start`,
  }
}
