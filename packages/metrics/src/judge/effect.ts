import { type Direction, isBetter } from './direction.ts'

/** A metric's values before and after a change. Slopes are per step. */
export interface Effect {
  readonly before: { readonly mean: number; readonly slope: number; readonly count: number }
  readonly after: { readonly mean: number; readonly slope: number; readonly count: number }
  /**
   * The level after the change minus the extrapolated earlier trend, at the middle of the points after the change. In the metric's units.
   */
  readonly shift: number
  /** The bounds of the interval for `shift`: at least 95 %, for both linear and parabolic extrapolation. */
  readonly low: number
  readonly high: number
}

/** The required number of finite points on each side of a change. */
export const MIN_POINTS = 5

/**
 * Returns the effect of a change at a step: the points after it, compared with the extrapolated line through the points before it.
 *
 * The interval is the prediction interval of a least-squares line (mean of the points after, plus mean and slope of the points before). It
 * is widened for correlated points: a lag-1 autocorrelation r leaves n (1 - r) / (1 + r) of n independent points (Bayley and Hammersley
 * 1946, for a first-order autoregression). A loss that is levelling off lies above the line and below the parabola through the same
 * points, so the interval covers both predictions. Without this, nearly every change would seem to have an effect while the curve is still
 * bending. The interval shows how surprising the level after the change is if the trend had continued. It does not show the cause, because
 * there is no run without the change.
 *
 * @param at The step of the change. A point at that step belongs to neither side.
 * @param points The number of finite points to use on each side, nearest to the change. Default: 60. No more points are used after the
 * change than before it, because a trend must not be extrapolated further than it was observed.
 * @returns undefined if a side has fewer than {@link MIN_POINTS} finite points.
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
  const straight = intervalOf(shift, past, future, past.spread === 0 ? 0 : ahead ** 2 / past.spread)
  const bend = bendOf(before, past, after)
  const bent = intervalOf(shift - bend.shift, { ...past, ...bend }, future, bend.leverage)
  return {
    before: { mean: past.meanY, slope: past.slope, count: before.length },
    after: { mean: future.meanY, slope: future.slope, count: after.length },
    shift,
    low: Math.min(straight.low, bent.low),
    high: Math.max(straight.high, bent.high),
  }
}

/**
 * Returns the interval for a shift, from the scatter around a curve through the points before the change and its leverage at the points
 * after it.
 */
function intervalOf(
  shift: number,
  past: Pick<Line, 'residuals' | 'variance'>,
  future: Line,
  leverage: number,
): Pick<Effect, 'low' | 'high'> {
  const effectivePast = effectiveCount(past.residuals)
  const effectiveFuture = effectiveCount(future.residuals)
  // The slope and curvature terms are widened as much as the mean term, because the correlation reduces the
  // number of independent points equally for all of them.
  const points = past.residuals.length
  const variance = (past.variance / effectivePast) * (1 + leverage * points) + future.variance / effectiveFuture
  const reach = studentT(Math.max(1, effectivePast + effectiveFuture - 4)) * Math.sqrt(variance)
  return { low: shift - reach, high: shift + reach }
}

/**
 * The meaning of an effect: `better` and `worse` if the metric's direction is known, otherwise `higher` and `lower`.
 */
export type EffectVerdict = 'better' | 'worse' | 'higher' | 'lower' | 'unclear'

/** Returns the verdict on a shift; `unclear` if its interval contains 0. */
export function verdictOf(
  { low, high }: Pick<Effect, 'low' | 'high'>,
  direction: Direction | undefined,
): EffectVerdict {
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
  const near = before.slice(-points)
  return { before: near, after: after.slice(0, Math.max(MIN_POINTS, near.length)) }
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

/** Computes the effect of curvature from a parabola through the same points, which is the line plus an orthogonal term. */
function bendOf(
  points: readonly Point[],
  { meanX, spread, residuals }: Line,
  after: readonly Point[],
): Pick<Line, 'residuals' | 'variance'> & { readonly shift: number; readonly leverage: number } {
  const square = spread / points.length
  const skew = spread === 0 ? 0 : points.reduce((sum, [x]) => sum + (x - meanX) ** 3, 0) / spread
  const term = ([x]: Point): number => (x - meanX) ** 2 - skew * (x - meanX) - square
  const energy = points.reduce((sum, point) => sum + term(point) ** 2, 0)
  const product = points.reduce((sum, point, i) => sum + term(point) * (residuals[i] ?? 0), 0)
  const by = energy === 0 ? 0 : product / energy
  const bent = points.map((point, i) => (residuals[i] ?? 0) - by * term(point))
  const ahead = after.reduce((sum, point) => sum + term(point), 0) / after.length
  const reach = after.reduce((sum, [x]) => sum + (x - meanX), 0) / after.length
  return {
    residuals: bent,
    variance: bent.reduce((sum, r) => sum + r * r, 0) / Math.max(1, points.length - 3),
    shift: by * ahead,
    leverage: (spread === 0 ? 0 : reach ** 2 / spread) + (energy === 0 ? 0 : ahead ** 2 / energy),
  }
}

function effectiveCount(residuals: readonly number[]): number {
  const energy = residuals.reduce((sum, r) => sum + r * r, 0)
  if (energy === 0) return residuals.length
  let lagged = 0
  for (let i = 1; i < residuals.length; i++) lagged += (residuals[i] ?? 0) * (residuals[i - 1] ?? 0)
  const r = Math.min(0.95, Math.max(0, lagged / energy))
  return Math.max(2, (residuals.length * (1 - r)) / (1 + r))
}

// Returns the 97.5 % point of Student's t, using the Cornish-Fisher expansion around the normal distribution (Abramowitz
// and Stegun 26.7.5).
function studentT(freedom: number): number {
  const z = 1.959964
  return z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2)
}
