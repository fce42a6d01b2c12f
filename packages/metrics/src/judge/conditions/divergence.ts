import { type Level, levelOf, lineNoise } from '../level.ts'
import { LEVEL_VALUES, type LineWindow } from '../line-window.ts'
import { type ConditionResult, NOT_TRUE, reported } from './condition-result.ts'

export interface DivergenceParams {
  /** Share of what was gained since the first values that must be lost. */
  readonly share: number
  /** Standard deviations of the noise by which the level must have risen. */
  readonly noise: number
  /** How many times the best level it must be, where all values are positive. */
  readonly ratio: number
  /** How many times the least of the first values is divergence by itself, where all values are positive. */
  readonly initial: number
}

export const DIVERGENCE: DivergenceParams = { share: 0.25, noise: 6, ratio: 1.2, initial: 2 }

/**
 * True when the level has left its best by more than a quarter of what was gained, by more than six times the noise and, where
 * all values are positive, by more than a fifth; or when it is twice the first values. Needs ten values.
 */
export function divergence(window: LineWindow, params: DivergenceParams = DIVERGENCE): ConditionResult {
  // Nearly every look ends here, without an object.
  if (!mayDiverge(window, params)) return NOT_TRUE
  const level = levelOf(window)
  if (level === undefined) return NOT_TRUE
  const hasLeftBest = leavesBest(window, level, params)
  if (!hasLeftBest && !(level.isPositive && level.last > params.initial * level.initialLeast)) return NOT_TRUE
  const than = hasLeftBest
    ? `the best was ${reported(window, level.least)}, from step ${level.leastStep}`
    : `the run began at ${reported(window, level.initialLeast)}`
  return { is: true, because: `level ${reported(window, level.last)}; ${than}`, onset: onsetOf(window, level) }
}

function mayDiverge(window: LineWindow, { share, initial }: DivergenceParams): boolean {
  const least = window.leastLevel(LEVEL_VALUES)
  const last = window.level()
  if (last > least && last - least > (window.initial - least) * share) return true
  return last > initial * window.initialLeast && !Number.isNaN(least)
}

function leavesBest(window: LineWindow, level: Level, { share, noise, ratio }: DivergenceParams): boolean {
  const rise = level.last - level.least
  // The cheap conditions first: noise needs a sort.
  if (!(rise > (level.initial - level.least) * share && rise > 0)) return false
  if (level.isPositive && !(level.last > ratio * level.least)) return false
  return rise > noise * lineNoise(window)
}

/**
 * The first step of the last five values whose level had not left the best by more than a quarter of what it has now. The best itself
 * may be long past where a metric has come down as far as it can.
 */
function onsetOf(window: LineWindow, { last, least, leastStep }: Level): number {
  const bound = least + (last - least) / 4
  for (let back = 1; back < window.length - LEVEL_VALUES; back++) {
    if (window.level(back) <= bound) return window.step(back + LEVEL_VALUES - 1)
  }
  return leastStep
}
