import { levelOf, lineNoise, type MetricLevel } from '../level.ts'
import { LEVEL_VALUES, type LineWindow } from '../line-window.ts'
import { type ConditionResult, FALSE_RESULT, reported } from './condition-result.ts'
import { jump } from './jump.ts'

export interface DivergenceParams {
  /** The fraction of the gain since the first values that must be lost. */
  readonly share: number
  /** The number of standard deviations of the noise by which the level must have risen. */
  readonly noise: number
  /** The required factor above the best level, if all values are positive. */
  readonly ratio: number
  /**
   * If all values are positive: the factor above the smallest of the first values that alone counts as divergence, and the factor
   * above the first value that counts as a jump.
   */
  readonly initial: number
}

export const DIVERGENCE: DivergenceParams = { share: 0.25, noise: 6, ratio: 1.2, initial: 2 }

/**
 * True if the level is worse than its best by more than a quarter of the gain, by more than six times the noise and, if
 * all values are positive, by more than a fifth; or if it is twice the first values; or after a {@link jump} in the
 * first steps. Needs ten values.
 */
export function divergence(window: LineWindow, params: DivergenceParams = DIVERGENCE): ConditionResult {
  // Nearly every call ends here, without allocating an object.
  if (!mayDiverge(window, params)) return jump(window, params.initial)
  const level = levelOf(window)
  if (level === undefined) return FALSE_RESULT
  const hasLeftBest = leavesBest(window, level, params)
  if (!hasLeftBest && !(level.isPositive && level.last > params.initial * level.initialLeast))
    return jump(window, params.initial)
  const than = hasLeftBest
    ? `the best was ${reported(window, level.least)}, from step ${level.leastStep}`
    : `the run started at ${reported(window, level.initialLeast)}`
  return { is: true, because: `level ${reported(window, level.last)}; ${than}`, onset: onsetOf(window, level) }
}

function mayDiverge(window: LineWindow, { share, initial }: DivergenceParams): boolean {
  const least = window.leastLevel(LEVEL_VALUES)
  const last = window.level()
  if (last > least && last - least > (window.initial - least) * share) return true
  return last > initial * window.initialLeast && !Number.isNaN(least)
}

function leavesBest(window: LineWindow, level: MetricLevel, { share, noise, ratio }: DivergenceParams): boolean {
  const rise = level.last - level.least
  // The cheap conditions come first, because computing the noise requires a sort.
  if (!(rise > (level.initial - level.least) * share && rise > 0)) return false
  if (level.isPositive && !(level.last > ratio * level.least)) return false
  return rise > noise * lineNoise(window)
}

/**
 * Returns the first step of the last five values whose level was worse than the best by at most a quarter of the current distance. If the
 * metric had converged, the best level itself may have been reached long before.
 */
function onsetOf(window: LineWindow, { last, least, leastStep }: MetricLevel): number {
  const bound = least + (last - least) / 4
  for (let back = 1; back < window.length - LEVEL_VALUES; back++) {
    if (window.level(back) <= bound) return window.step(back + LEVEL_VALUES - 1)
  }
  return leastStep
}
