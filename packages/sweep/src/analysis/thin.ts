import type { MetricPoint } from '../series.ts'

/** A metric's values by step, with few enough points to be drawn. */
export interface ThinCourse {
  readonly steps: readonly number[]
  /** Finite. */
  readonly values: readonly number[]
}

/**
 * Reduces the points to at most `most`. Each range of steps keeps its lowest and highest values, so that no peak is lost.
 * Values that are not finite are left out.
 *
 * @param most At least 4.
 */
export function thinCourse(points: readonly MetricPoint[], most: number): ThinCourse {
  const finite = points.flatMap(({ step, value }): readonly FinitePoint[] =>
    value !== null && Number.isFinite(value) ? [{ step, value }] : [],
  )
  const kept = finite.length <= most ? finite : extremes(finite, most)
  return { steps: kept.map(({ step }) => step), values: kept.map(({ value }) => value) }
}

interface FinitePoint {
  readonly step: number
  readonly value: number
}

function extremes(points: readonly FinitePoint[], most: number): readonly FinitePoint[] {
  const stretches = Math.floor((most - 2) / 2)
  const inner = points.slice(1, -1)
  const kept = Array.from({ length: stretches }, (_, at) => {
    const from = Math.floor((at * inner.length) / stretches)
    return ends(inner.slice(from, Math.floor(((at + 1) * inner.length) / stretches)))
  })
  return [...points.slice(0, 1), ...kept.flat(), ...points.slice(-1)]
}

/** Returns the lowest and the highest point of a range, ordered by step. */
function ends(stretch: readonly FinitePoint[]): readonly FinitePoint[] {
  let [low, high] = [stretch[0], stretch[0]]
  for (const point of stretch) {
    if (low !== undefined && point.value < low.value) low = point
    if (high !== undefined && point.value > high.value) high = point
  }
  if (low === undefined || high === undefined) return []
  if (low === high) return [low]
  return low.step < high.step ? [low, high] : [high, low]
}
