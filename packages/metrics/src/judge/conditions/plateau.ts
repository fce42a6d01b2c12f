import { hasProgressed, initialOf } from '../level.ts'
import type { LineWindow } from '../line-window.ts'
import { trendOf } from '../trend.ts'
import { type ConditionResult, FALSE_RESULT, reported, short } from './condition-result.ts'

export interface PlateauParams {
  /** The number of values that are judged. */
  readonly window: number
  /** Mann-Kendall's z must be above this. */
  readonly z: number
  /** A decrease of less than this fraction over the window does not count. */
  readonly change: number
}

export const PLATEAU: PlateauParams = { window: 8, z: -1, change: 0.05 }

/**
 * True if a metric that had been decreasing no longer is. Needs 8 values since the last change.
 *
 * @param changedAt The step of the last control change; earlier values are ignored.
 */
export function plateau(window: LineWindow, params: PlateauParams = PLATEAU, changedAt?: number): ConditionResult {
  if (window.length < params.window) return FALSE_RESULT
  if (changedAt !== undefined && window.countAfter(changedAt) < params.window) return FALSE_RESULT
  if (!hasProgressed(window)) return FALSE_RESULT
  const values = window.tail(params.window)
  const trend = trendOf(window.isPositive ? values.map(Math.log) : values)
  if (trend === undefined || trend.z <= params.z) return FALSE_RESULT
  // If the values are logarithms, a change is already relative. Otherwise it is compared with the total gain.
  const gained = window.isPositive ? 1 : initialOf(window).initialLeast - window.leastLevel(0)
  if (!(trend.change > -params.change * gained)) return FALSE_RESULT
  const from = reported(window, values[0] ?? Number.NaN)
  const to = reported(window, window.value())
  return {
    is: true,
    because: `no better over the last ${values.length} values: ${from} → ${to}, trend z ${short(trend.z)}`,
  }
}
