import { LEVEL_VALUES, type LineWindow } from '../line-window.ts'
import { median } from '../noise.ts'
import { type ConditionResult, NOT_TRUE, reported } from './condition-result.ts'

export interface GradExplosionParams {
  /** Values before the last five that say what is usual; at most so many. */
  readonly window: number
  /** How many times the usual value the level must be. */
  readonly ratio: number
  /** How many times the first values of the line it must be as well. */
  readonly initial: number
  /** Values that are needed. */
  readonly least: number
}

export const GRAD_EXPLOSION: GradExplosionParams = { window: 200, ratio: 10, initial: 1, least: 50 }

/**
 * True when the level of a gradient norm is ten times the usual one and above where the line began, or when the norm is not finite.
 * Needs 50 values.
 *
 * The gradients of a network that fits its data nearly vanish, and are ten times as large again whenever it meets something it does
 * not fit: without the second bound that would be an explosion.
 */
export function gradExplosion(window: LineWindow, params: GradExplosionParams = GRAD_EXPLOSION): ConditionResult {
  if (window.length < params.least) return NOT_TRUE
  const before = window.tail(params.window, LEVEL_VALUES)
  if (!window.isFinite) {
    return { is: true, because: `not finite at step ${window.lastStep}`, usual: window.sign * median(before) }
  }
  const level = window.level()
  // Nearly every look of a training that is well ends here.
  if (level <= params.initial * window.initial) return NOT_TRUE
  // The median is below a bound when half of the values are: this costs no sort.
  let below = 0
  const bound = level / params.ratio
  for (let i = 0; i < before.length; i++) if ((before[i] ?? bound) < bound) below++
  if (below < before.length / 2) return NOT_TRUE
  const usual = median(before)
  if (!(level > params.ratio * usual)) return NOT_TRUE
  const because = `level ${reported(window, level)}, ${reported(window, usual)} is usual`
  return { is: true, because, usual: window.sign * usual, onset: window.leastLevelStep(LEVEL_VALUES) }
}
