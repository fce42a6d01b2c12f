import { type Direction, isBetter } from './direction.ts'

/** What happened to a metric around a change. Slopes are per step. */
export interface Effect {
  readonly before: { readonly mean: number; readonly slope: number; readonly count: number }
  readonly after: { readonly mean: number; readonly slope: number; readonly count: number }
  /** Level after, less what the trend before would have given, at the middle of the points after. In units of the metric. */
  readonly shift: number
  /** Ends of the 95 % interval of `shift`. */
  readonly low: number
  readonly high: number
}

/** Finite points needed on each side of a change. */
export const MIN_POINTS = 5

/**
 * The effect of a change at a step: the points after it against the line through those before it, carried on.
 *
 * The interval is that of a prediction from a least-squares line (mean of the points after, plus mean and slope of those
 * before). It is widened for points that follow their neighbours: a lag-1 autocorrelation r leaves n (1 - r) / (1 + r) of n
 * independent points (Bayley and Hammersley 1946, for a first-order autoregression). It says how surprising the level after
 * is if the trend had gone on. It cannot say why: no twin of this run went without the change.
 *
 * @param at Step of the change. A point at that step is on neither side.
 * @param points How many finite points nearest to the change are used on each side. Default 60.
 * @returns undefined with fewer than {@link MIN_POINTS} finite points on a side.
 */
export function effectOf(
  steps: readonly number[],
  values: readonly (number | null)[],
  at: number,
  points = 60,
): Effect | undefined {
  const { before, after } = sidesOf(steps, values, at, points)
  if (before.length < MIN_POINTS || after.length < MIN_POINTS) return undefined
  const past = fit(before)
  const future = fit(after)
  const ahead = future.meanX - past.meanX
  const shift = future.meanY - (past.meanY + past.slope * ahead)
  const effectivePast = effectiveCount(past.residuals)
  const effectiveFuture = effectiveCount(future.residuals)
  const leverage = past.spread === 0 ? 0 : ahead ** 2 / past.spread
  // The slope's part is widened by the same loss of points as the mean's.
  const variance =
    past.variance * (1 / effectivePast + leverage * (before.length / effectivePast)) + future.variance / effectiveFuture
  const reach = studentT(Math.max(1, effectivePast + effectiveFuture - 4)) * Math.sqrt(variance)
  return {
    before: { mean: past.meanY, slope: past.slope, count: before.length },
    after: { mean: future.meanY, slope: future.slope, count: after.length },
    shift,
    low: shift - reach,
    high: shift + reach,
  }
}

/** What an effect means: `better` and `worse` where it is known which way is better, `higher` and `lower` elsewhere. */
export type Verdict = 'better' | 'worse' | 'higher' | 'lower' | 'unclear'

/** The verdict on a shift; `unclear` while its interval holds 0. */
export function verdictOf({ low, high }: Pick<Effect, 'low' | 'high'>, direction: Direction | undefined): Verdict {
  if (low <= 0 && high >= 0) return 'unclear'
  if (direction === undefined) return low > 0 ? 'higher' : 'lower'
  return isBetter(direction, low) ? 'better' : 'worse'
}

type Point = readonly [step: number, value: number]

function sidesOf(
  steps: readonly number[],
  values: readonly (number | null)[],
  at: number,
  points: number,
): { readonly before: readonly Point[]; readonly after: readonly Point[] } {
  const before: Point[] = []
  const after: Point[] = []
  for (const [i, step] of steps.entries()) {
    const value = values[i]
    if (value === null || value === undefined || step === at) continue
    if (step < at) before.push([step, value])
    else if (after.length < points) after.push([step, value])
  }
  return { before: before.slice(-points), after }
}

interface Line {
  readonly meanX: number
  readonly meanY: number
  readonly slope: number
  readonly spread: number
  readonly variance: number
  readonly residuals: readonly number[]
}

function fit(points: readonly Point[]): Line {
  const count = points.length
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / count
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / count
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  const product = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0)
  const slope = spread === 0 ? 0 : product / spread
  const residuals = points.map(([x, y]) => y - meanY - slope * (x - meanX))
  const variance = residuals.reduce((sum, r) => sum + r * r, 0) / Math.max(1, count - 2)
  return { meanX, meanY, slope, spread, variance, residuals }
}

function effectiveCount(residuals: readonly number[]): number {
  const energy = residuals.reduce((sum, r) => sum + r * r, 0)
  if (energy === 0) return residuals.length
  let lagged = 0
  for (let i = 1; i < residuals.length; i++) lagged += (residuals[i] ?? 0) * (residuals[i - 1] ?? 0)
  const r = Math.min(0.95, Math.max(0, lagged / energy))
  return Math.max(2, (residuals.length * (1 - r)) / (1 + r))
}

// 97.5 % point of Student's t: Cornish-Fisher expansion around the normal (Abramowitz and Stegun 26.7.5).
function studentT(freedom: number): number {
  const z = 1.959964
  return z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2)
}
