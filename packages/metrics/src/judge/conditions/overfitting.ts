import { initialOf } from '../level.ts'
import type { LineWindow } from '../line-window.ts'
import { trendOf } from '../trend.ts'
import { type ConditionResult, FALSE_RESULT, reported } from './condition-result.ts'

export interface OverfittingParams {
  /** The number of key metric values whose trend is judged. */
  readonly window: number
  /** The required distance of the key metric from its best, as a fraction. */
  readonly excess: number
  /** The number of most recent values that must all be that far from it. */
  readonly last: number
  /** Mann-Kendall's z for the key metric must be above this. */
  readonly z: number
  /** Mann-Kendall's z for the training metric over the same steps must be below this. */
  readonly trainZ: number
}

export const OVERFITTING: OverfittingParams = { window: 8, excess: 0.05, last: 3, z: 2, trainZ: -1 }

/**
 * True if the key metric has passed its best value and is getting worse while the training metric is still improving.
 * Needs 8 values of the key metric and 6 of the training metric over the same steps.
 */
export function overfitting(
  key: LineWindow,
  train: LineWindow,
  params: OverfittingParams = OVERFITTING,
): ConditionResult {
  if (key.length < params.window) return FALSE_RESULT
  const best = key.lowest
  // If not all values are positive, the excess is a fraction of the gain.
  const bound = best + params.excess * (key.isPositive ? best : initialOf(key).initialLeast - best)
  for (let back = 0; back < params.last; back++) if (!(key.value(back) > bound)) return FALSE_RESULT
  const trend = trendOf(key.tail(params.window))
  if (trend === undefined || !(trend.z > params.z)) return FALSE_RESULT
  const training = trendOf(train.tail(train.countAfter(key.step(params.window - 1) - 1)))
  if (training === undefined || !(training.z < params.trainZ)) return FALSE_RESULT
  const now = reported(key, key.value())
  return {
    is: true,
    because: `${now}, its best was ${reported(key, best)}, and the training metric is still improving`,
  }
}
