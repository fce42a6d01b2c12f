import { type Forecast, type ForecastPoint, forecastOf } from '../../../src/judge.ts'
import type { TestCurve } from './generated.ts'

/** How forecasts of curves compare with the values that followed. */
export interface Coverage {
  /** The number of forecasts that were compared, and the reasons for those that were refused. */
  readonly count: number
  readonly refused: ReadonlyMap<string, number>
  /** The fractions of later single values inside the intervals, with the same weight for each forecast. */
  readonly in80: number
  readonly in95: number
  /** Mean absolute error of the forecast, and of the last value. */
  readonly error: number
  readonly errorOfLast: number
}

const CUTS = [0.35, 0.5, 0.65, 0.8]

/** The coverage of several groups of curves together. */
export function joinCoverage(
  parts: readonly Coverage[],
): Pick<Coverage, 'count' | 'in80' | 'in95' | 'error' | 'errorOfLast'> {
  const count = parts.reduce((sum, one) => sum + one.count, 0)
  const mean = (key: 'in80' | 'in95' | 'error' | 'errorOfLast'): number =>
    parts.reduce((sum, one) => sum + one[key] * one.count, 0) / count
  return { count, in80: mean('in80'), in95: mean('in95'), error: mean('error'), errorOfLast: mean('errorOfLast') }
}

/** Forecasts each curve from several of its points, and compares the forecasts with the values that were held out. */
export function coverageOf(curves: readonly TestCurve[]): Coverage {
  const refused = new Map<string, number>()
  const results: { in80: number; in95: number; error: number; errorOfLast: number }[] = []
  for (const { steps, values, sign } of curves) {
    for (const share of CUTS) {
      const cut = Math.floor(values.length * share)
      const forecast = forecastOf({ steps: steps.slice(0, cut), values: values.slice(0, cut), sign })
      if (!forecast.ok) refused.set(forecast.code, (refused.get(forecast.code) ?? 0) + 1)
      else results.push(compare(forecast, steps.slice(cut), values.slice(cut), values[cut - 1] ?? 0))
    }
  }
  const mean = (key: 'in80' | 'in95' | 'error' | 'errorOfLast'): number =>
    results.reduce((sum, one) => sum + one[key], 0) / results.length
  return {
    count: results.length,
    refused,
    in80: mean('in80'),
    in95: mean('in95'),
    error: mean('error'),
    errorOfLast: mean('errorOfLast'),
  }
}

function compare(
  { points }: Extract<Forecast, { readonly ok: true }>,
  steps: readonly number[],
  values: readonly number[],
  last: number,
): { in80: number; in95: number; error: number; errorOfLast: number } {
  const later = steps.flatMap((step, i) => {
    const found = at(points, step)
    const value = values[i]
    return found === undefined || value === undefined ? [] : [{ found, value }]
  })
  const share = (is: (one: (typeof later)[number]) => boolean): number => later.filter(is).length / later.length
  const mean = (of: (one: (typeof later)[number]) => number): number =>
    later.reduce((sum, one) => sum + of(one), 0) / later.length
  return {
    in80: share(({ found, value }) => value >= found.low80 && value <= found.high80),
    in95: share(({ found, value }) => value >= found.low95 && value <= found.high95),
    error: mean(({ found, value }) => Math.abs(value - found.value)),
    errorOfLast: mean(({ value }) => Math.abs(value - last)),
  }
}

/** The forecast at a step, interpolated linearly; undefined beyond the last point. */
function at(points: readonly ForecastPoint[], step: number): ForecastPoint | undefined {
  const next = points.findIndex((point, i) => i > 0 && point.step >= step)
  const [before, after] = [points[next - 1], points[next]]
  if (before === undefined || after === undefined) return undefined
  const share = (step - before.step) / (after.step - before.step)
  const mix = (key: keyof ForecastPoint): number => before[key] * (1 - share) + after[key] * share
  return {
    step,
    value: mix('value'),
    low80: mix('low80'),
    high80: mix('high80'),
    low95: mix('low95'),
    high95: mix('high95'),
  }
}
