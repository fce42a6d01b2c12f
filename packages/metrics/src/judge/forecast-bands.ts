import { type CurveBins, LEAST_PAST } from './forecast-bins.ts'
import { extrapolate, type ForecastModel } from './forecast-models.ts'

/** Offsets from the expected value, in the units of the bins. */
interface Offsets {
  readonly low80: number
  readonly high80: number
  readonly low95: number
  readonly high95: number
}

/** A model's errors on a curve so far. */
export interface ForecastBands {
  /** The mean absolute error over all horizons, by which models are compared. */
  readonly error: number
  /** Returns the intervals for a number of bins ahead. They never become narrower with distance. */
  at(ahead: number): Offsets
}

/** The number of most recent backtests that are used at each horizon. */
const ORIGINS = 16

/** Backtests a model: predicts known values, starting from every bin that has enough earlier bins. */
export function bandsOf(bins: CurveBins, model: ForecastModel, horizon: number): ForecastBands {
  const offsets: Offsets[] = []
  let sum = 0
  let compared = 0
  for (let ahead = 0; ahead <= horizon; ahead++) {
    const { errors, ofCenters } = errorsAt(bins, model, ahead)
    sum += ofCenters.reduce((total, error) => total + error, 0)
    compared += ofCenters.length
    const before = offsets.at(-1) ?? NONE
    const high80 = Math.max(before.high80, reach(errors, 0.8))
    const high95 = Math.max(before.high95, reach(errors, 0.95), high80)
    offsets.push({ low80: -high80, high80, low95: -high95, high95 })
  }
  return { error: sum / Math.max(1, compared), at: (ahead) => offsets[ahead] ?? offsets.at(-1) ?? NONE }
}

/** Returns the most recent errors at a horizon: those of individual values, sorted, and those of the bin centers. */
function errorsAt(
  bins: CurveBins,
  model: ForecastModel,
  ahead: number,
): { readonly errors: readonly number[]; readonly ofCenters: readonly number[] } {
  const newest = bins.centers.length - 1 - ahead
  const errors: number[] = []
  const ofCenters: number[] = []
  for (let at = newest; at >= LEAST_PAST - 1 && at > newest - ORIGINS; at--) {
    const expected = extrapolate(bins, at, ahead, model)
    for (const value of bins.samples[at + ahead] ?? []) errors.push(Math.abs(value - expected))
    ofCenters.push(Math.abs((bins.centers[at + ahead] ?? 0) - expected))
  }
  return { errors: errors.sort((a, b) => a - b), ofCenters }
}

const NONE: Offsets = { low80: 0, high80: 0, low95: 0, high95: 0 }

/** Returns the distance that covers a fraction of new errors, given the sorted earlier errors. */
function reach(errors: readonly number[], share: number): number {
  const rank = Math.ceil((errors.length + 1) * share) - 1
  return errors[Math.min(rank, errors.length - 1)] ?? 0
}
