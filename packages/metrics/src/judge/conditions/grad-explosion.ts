import { LEVEL_VALUES, type LineWindow } from '../line-window.ts'
import { median } from '../noise.ts'
import { type ConditionResult, FALSE_RESULT, reported } from './condition-result.ts'

export interface GradExplosionParams {
  /** The maximum number of values before the last five that define the usual level. */
  readonly window: number
  /** The required factor above the usual level. */
  readonly ratio: number
  /** The required factor above the line's first values. */
  readonly initial: number
  /** The required number of values. */
  readonly least: number
}

export const GRAD_EXPLOSION: GradExplosionParams = { window: 200, ratio: 10, initial: 3, least: 50 }

/**
 * True if the level of a gradient norm is ten times the usual level and three times the first values, or if the norm is
 * not finite. Needs 50 values.
 *
 * When a network fits its data, its gradients nearly vanish, and they grow tenfold for any data that it does not fit.
 * Without the second bound, this would count as an explosion.
 */
export function gradExplosion(window: LineWindow, params: GradExplosionParams = GRAD_EXPLOSION): ConditionResult {
  if (window.length < params.least) return FALSE_RESULT
  const before = window.tail(params.window, LEVEL_VALUES)
  if (!window.isFinite) {
    return { is: true, because: `not finite at step ${window.lastStep}`, usual: window.sign * median(before) }
  }
  const level = window.level()
  // Nearly every call for a healthy training run ends here.
  if (level <= params.initial * window.initial) return FALSE_RESULT
  // The median is below a bound if half of the values are, which can be checked without a sort.
  let below = 0
  const bound = level / params.ratio
  for (let i = 0; i < before.length; i++) if ((before[i] ?? bound) < bound) below++
  if (below < before.length / 2) return FALSE_RESULT
  const usual = median(before)
  if (!(level > params.ratio * usual)) return FALSE_RESULT
  const because = `level ${reported(window, level)}, usually ${reported(window, usual)}`
  return { is: true, because, usual: window.sign * usual, onset: window.leastLevelStep(LEVEL_VALUES) }
}
