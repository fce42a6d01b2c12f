import type { CurveBins } from './forecast-bins.ts'
import { median } from './noise.ts'
import { theilSen } from './trend.ts'

/** How a curve is extrapolated: from its level, with a fading trend, or with a power law of the step. */
export type ForecastModel = 'level' | 'damped' | 'trend' | 'power'

/** The models. `damped` reduces the trend by a factor of 0.7 from bin to bin; `trend` fades slowly. */
export const FORECAST_MODELS: readonly ForecastModel[] = ['level', 'damped', 'trend', 'power']

const DAMPING: Readonly<Record<ForecastModel, number>> = { level: 0, damped: 0.7, trend: 0.93, power: 1 }
const TREND_BINS = 8
const LEVEL_BINS = 3

/**
 * Returns the expected center `ahead` bins after the bin `at`, computed from the bins up to it. If `ahead` is 0, it is the level.
 */
export function extrapolate(bins: CurveBins, at: number, ahead: number, model: ForecastModel): number {
  const level = median(bins.centers.slice(Math.max(0, at + 1 - LEVEL_BINS), at + 1))
  if (model === 'level') return level
  const from = Math.max(0, at + 1 - TREND_BINS)
  const recent = bins.centers.slice(from, at + 1)
  // The shift is relative to the level at the bin before the last.
  if (model === 'power') return level + powerShift(bins, from, at, ahead)
  const slope = theilSen(recent)
  const damping = DAMPING[model]
  let sum = 0
  for (let i = 1, weight = damping; i <= ahead; i++, weight *= damping) sum += weight
  return level + slope * sum
}

/** Returns the change along a line over the logarithm of the step; its slope is the median of the slopes of all pairs. */
function powerShift({ steps, centers, width }: CurveBins, from: number, at: number, ahead: number): number {
  const origin = (steps[0] ?? 0) - width
  const place = (bin: number): number => Math.log(Math.max(width / 2, (steps[bin] ?? 0) - origin))
  const slopes: number[] = []
  for (let i = from; i <= at; i++)
    for (let j = i + 1; j <= at; j++)
      slopes.push(((centers[j] ?? 0) - (centers[i] ?? 0)) / Math.max(1e-9, place(j) - place(i)))
  const now = (steps[at] ?? 0) - origin
  return median(slopes) * (Math.log(now + ahead * width) - Math.log(now))
}
