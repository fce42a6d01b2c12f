/** What happened to a metric around a change. */
export interface Effect {
  readonly before: { readonly mean: number; readonly slope: number; readonly count: number }
  readonly after: { readonly mean: number; readonly slope: number; readonly count: number }
  /** Level after less what the trend before would have given, at the middle of the points after. */
  readonly shift: number
  /** Ends of the 95 % interval of `shift`. */
  readonly low: number
  readonly high: number
}

/**
 * The effect of a change at a step: the points after it against the line through those before it, carried on.
 *
 * The interval is that of a prediction by least squares, widened for points that follow their neighbours (lag-1
 * autocorrelation r shrinks n to n (1 - r) / (1 + r)). It says how surprising the level after is if the trend had gone
 * on; it cannot say why: no twin of this run went without the change.
 *
 * @returns undefined with fewer than `MIN_POINTS` finite points on a side.
 */
export function effectOf(
  steps: readonly number[],
  values: readonly (number | null)[],
  at: number,
  points = 60,
): Effect | undefined {
  const before: [number, number][] = []
  const after: [number, number][] = []
  for (const [i, step] of steps.entries()) {
    const value = values[i]
    if (value === null || value === undefined) continue
    if (step < at) before.push([step, value])
    else if (step > at && after.length < points) after.push([step, value])
  }
  const near = before.slice(-points)
  if (near.length < MIN_POINTS || after.length < MIN_POINTS) return undefined
  const past = fit(near)
  const future = fit(after)
  const middle = future.meanX
  const expected = past.meanY + past.slope * (middle - past.meanX)
  const shift = future.meanY - expected
  const effectivePast = effectiveCount(past.residuals)
  const effectiveFuture = effectiveCount(future.residuals)
  const leverage = past.spread === 0 ? 0 : (middle - past.meanX) ** 2 / past.spread
  // The slope's part is widened by the same loss of points as the mean's.
  const variance =
    past.variance * (1 / effectivePast + leverage * (near.length / effectivePast)) + future.variance / effectiveFuture
  const reach = studentT(Math.max(1, effectivePast + effectiveFuture - 4)) * Math.sqrt(variance)
  return {
    before: { mean: past.meanY, slope: past.slope, count: near.length },
    after: { mean: future.meanY, slope: future.slope, count: after.length },
    shift,
    low: shift - reach,
    high: shift + reach,
  }
}

/** Points needed on each side. */
export const MIN_POINTS = 5

interface Line {
  readonly meanX: number
  readonly meanY: number
  readonly slope: number
  readonly spread: number
  readonly variance: number
  readonly residuals: readonly number[]
}

function fit(points: readonly (readonly [number, number])[]): Line {
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

// 97.5 % point of Student's t: Cornish-Fisher expansion about the normal (Abramowitz and Stegun 26.7.5).
function studentT(freedom: number): number {
  const z = 1.959964
  return z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2)
}
