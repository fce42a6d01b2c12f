import type { Forecast, ForecastPoint } from './forecast.ts'

/** When a metric reaches a value according to a forecast. Steps are null if the forecast does not reach that far. */
export type TimeTo =
  | { readonly state: 'reached' }
  | {
      readonly state: 'ahead'
      /** The step at which the expected curve crosses the value. */
      readonly expected: number | null
      /** The steps at which the better and the worse end of the 80 % interval cross it. */
      readonly earliest: number | null
      readonly latest: number | null
      /** The last step of the forecast. */
      readonly horizon: number
    }

/**
 * Returns when a metric reaches a target according to its forecast, with linear interpolation between the points.
 *
 * @param sign 1 if smaller is better, -1 if larger is better.
 */
export function timeTo({ points }: Extract<Forecast, { readonly ok: true }>, target: number, sign: 1 | -1): TimeTo {
  const [now] = points
  if (now === undefined || sign * now.value <= sign * target) return { state: 'reached' }
  const better = sign === 1 ? 'low80' : 'high80'
  const worse = sign === 1 ? 'high80' : 'low80'
  return {
    state: 'ahead',
    expected: crossing(points, 'value', target, sign),
    earliest: crossing(points, better, target, sign),
    latest: crossing(points, worse, target, sign),
    horizon: points.at(-1)?.step ?? now.step,
  }
}

/** Returns the first step at which a line is at the target or beyond. */
function crossing(
  points: readonly ForecastPoint[],
  line: 'value' | 'low80' | 'high80',
  target: number,
  sign: 1 | -1,
): number | null {
  const at = points.findIndex((point) => sign * point[line] <= sign * target)
  const [before, after] = [points[at - 1], points[at]]
  if (after === undefined) return null
  if (before === undefined) return after.step
  const share = (target - before[line]) / (after[line] - before[line])
  return before.step + share * (after.step - before.step)
}
