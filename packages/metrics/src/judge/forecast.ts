import { divergence } from './conditions/divergence.ts'
import { bandsOf, type ForecastBands } from './forecast-bands.ts'
import { binCurve, type CurveBins, LEAST_ERRORS, LEAST_PAST } from './forecast-bins.ts'
import { extrapolate, FORECAST_MODELS, type ForecastModel } from './forecast-models.ts'
import { createLineWindow } from './line-window.ts'

/** One step of a forecast: the expected value, and the intervals for individual values of the metric. */
export interface ForecastPoint {
  readonly step: number
  readonly value: number
  readonly low80: number
  readonly high80: number
  readonly low95: number
  readonly high95: number
}

/** A forecast, or why there is none. */
export type Forecast =
  | {
      readonly ok: true
      /** How the curve was extrapolated. */
      readonly model: ForecastModel
      /** The values from which it was computed: their number, and their first and last steps. */
      readonly count: number
      readonly from: number
      readonly to: number
      /** The points in ascending order of step. The first point is the level at `to`. */
      readonly points: readonly ForecastPoint[]
    }
  | { readonly ok: false; readonly code: ForecastRefusal; readonly reason: string }

/** Why a forecast would be unreliable. */
export type ForecastRefusal = 'too-few' | 'changed' | 'not-finite' | 'diverging' | 'constant'

/** The input of a forecast. */
export interface ForecastInput {
  /** The steps, in ascending order. */
  readonly steps: ArrayLike<number>
  /** The values. NaN and infinities stand for values that were not finite. */
  readonly values: ArrayLike<number>
  /**
   * The step of the last change to the training. Values up to that step are ignored, because they do not show how the training continues
   * after the change. Default: none.
   */
  readonly changedAt?: number | undefined
  /** 1 if smaller is better, -1 if larger is better. @defaultValue 1 */
  readonly sign?: 1 | -1 | undefined
}

const LEAST_BINS = LEAST_PAST + LEAST_ERRORS + 1

/**
 * Returns how a metric is expected to continue, for up to a third of the number of steps since the last change.
 *
 * The values since the last change are divided into at most 48 bins. The curve is continued from the level of the last
 * bins by a damped trend (Gardner and McKenzie 1985, "Forecasting trends in time series") or by a power law of the
 * step, whichever would have predicted the curve better so far. Trends are Theil-Sen slopes of the last eight bins, in
 * logarithms if all values are positive. The intervals are quantiles of the errors that the same method made earlier on
 * the same curve at the same horizon (a rolling-origin backtest, Tashman 2000; the finite-sample rank is the one used in split conformal
 * prediction, Lei et al. 2018). They are for individual values, not for averages. Their coverage is tested on held-out curves.
 *
 * There is no forecast with too few values, right after a change, or for a metric that diverges or is not finite, because in these cases
 * its past does not predict its future.
 */
export function forecastOf({ steps, values, changedAt, sign = 1 }: ForecastInput): Forecast {
  const used = usedValues(steps, values, changedAt ?? Number.NEGATIVE_INFINITY)
  const { length } = used.values
  if (!used.isWhole) return refuse('not-finite', 'its last value is not finite')
  if (length < LEAST_BINS) return tooFew(length, changedAt)
  if (used.values.every((value) => value === used.values[0])) return refuse('constant', 'it has not changed yet')
  const problem = divergenceOf(used.steps, used.values, sign)
  if (problem !== undefined) return refuse('diverging', `it diverges: ${problem}`)
  return forecastBins(binCurve(used.steps, used.values), length)
}

/** Returns the finite values after a step. `isWhole` means that the last value is among them. */
function usedValues(
  steps: ArrayLike<number>,
  values: ArrayLike<number>,
  since: number,
): { readonly steps: readonly number[]; readonly values: readonly number[]; readonly isWhole: boolean } {
  const used = { steps: [] as number[], values: [] as number[], isWhole: true }
  for (let i = 0; i < values.length; i++) {
    const [step, value] = [steps[i] ?? Number.NaN, values[i] ?? Number.NaN]
    if (!(step > since)) continue
    used.isWhole = Number.isFinite(value)
    if (!used.isWhole) continue
    used.steps.push(step)
    used.values.push(value)
  }
  return used
}

function forecastBins(bins: CurveBins, count: number): Forecast {
  const horizon = Math.min(Math.floor(bins.centers.length / 3), bins.centers.length - LEAST_PAST - LEAST_ERRORS)
  const tested = FORECAST_MODELS.map((model) => ({ model, bands: bandsOf(bins, model, horizon) }))
  const best = tested.reduce((found, one) => (one.bands.error < found.bands.error ? one : found))
  const last = bins.centers.length - 1
  const points = Array.from({ length: horizon + 1 }, (_, ahead) =>
    pointAt(bins, extrapolate(bins, last, ahead, best.model), ahead, best.bands),
  )
  return { ok: true, model: best.model, count, from: bins.first, to: bins.last, points }
}

function pointAt(bins: CurveBins, center: number, ahead: number, bands: ForecastBands): ForecastPoint {
  const { low80, high80, low95, high95 } = bands.at(ahead)
  const back = bins.isLog ? Math.exp : (value: number): number => value
  return {
    step: bins.last + ahead * bins.width,
    value: back(center),
    low80: back(center + low80),
    high80: back(center + high80),
    low95: back(center + low95),
    high95: back(center + high95),
  }
}

function divergenceOf(steps: readonly number[], values: readonly number[], sign: 1 | -1): string | undefined {
  const window = createLineWindow({ sign })
  for (const [i, value] of values.entries()) window.push(steps[i] ?? i, value)
  const { is, because } = divergence(window)
  return is ? because : undefined
}

function tooFew(count: number, changedAt: number | undefined): Forecast {
  const need = `${LEAST_BINS} are needed`
  return changedAt === undefined
    ? refuse('too-few', `it has ${count} values so far: ${need}`)
    : refuse('changed', `it has ${count} values since the change at step ${changedAt}: ${need}`)
}

function refuse(code: ForecastRefusal, reason: string): Forecast {
  return { ok: false, code, reason }
}
