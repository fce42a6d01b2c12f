import { principalComponents } from '../principal-components.ts'

/** One metric of a trajectory. */
export interface TrajectorySeries {
  readonly name: string
  /** The steps, in ascending order. */
  readonly steps: ArrayLike<number>
  /** The values. NaN and infinities are left out. */
  readonly values: ArrayLike<number>
}

/** The path of a run through the space of its metrics, projected onto its two directions of largest variance. */
export interface Trajectory {
  readonly points: readonly { readonly step: number; readonly x: number; readonly y: number }[]
  /** The meaning of each direction: its fraction of the total variance, and its correlation with each metric. */
  readonly axes: readonly {
    readonly share: number
    readonly correlations: readonly { readonly name: string; readonly value: number }[]
  }[]
}

/** The minimum number of points of a path. */
const LEAST_POINTS = 8

/**
 * Returns the path of a run through the space of several metrics (principal component analysis, Hotelling 1933).
 *
 * Each metric keeps its last value until the next one, and is scaled to mean 0 and deviation 1, so that units do not
 * matter. The path starts where every metric has a value. Metrics that never change are left out.
 *
 * @param most The maximum number of points, which are selected evenly from longer runs. @defaultValue 2000
 * @returns undefined for fewer than two metrics that change, or fewer than eight steps.
 */
export function trajectoryOf(series: readonly TrajectorySeries[], most = 2000): Trajectory | undefined {
  const steps = stepsOf(series, most)
  const columns = series
    .map((one) => ({ name: one.name, values: scaled(valuesAt(one, steps)) }))
    .filter(({ values }) => values !== undefined)
  if (columns.length < 2 || steps.length < LEAST_POINTS) return undefined
  const rows = steps.map((_, row) => Float64Array.from(columns, ({ values }) => values?.[row] ?? 0))
  const scores = principalComponents(rows, 2)
  return {
    points: steps.map((step, row) => ({ step, x: scores[row]?.[0] ?? 0, y: scores[row]?.[1] ?? 0 })),
    axes: [0, 1].map((axis) => {
      const score = scores.map((row) => row[axis] ?? 0)
      const variance = score.reduce((sum, value) => sum + value * value, 0) / score.length
      return {
        share: variance / columns.length,
        correlations: columns.map(({ name, values }) => ({ name, value: correlation(score, values ?? [], variance) })),
      }
    }),
  }
}

/** Returns the steps of all metrics, from the first at which every metric has a value, thinned evenly. */
function stepsOf(series: readonly TrajectorySeries[], most: number): readonly number[] {
  const finite = series.map(({ steps, values }) => Array.from(steps).filter((_, i) => Number.isFinite(values[i])))
  const start = Math.max(...finite.map((steps) => steps[0] ?? Number.POSITIVE_INFINITY))
  const all = [...new Set(finite.flat())].filter((step) => step >= start).sort((a, b) => a - b)
  if (all.length <= most) return all
  return Array.from({ length: most }, (_, i) => all[Math.round((i * (all.length - 1)) / (most - 1))] ?? 0)
}

/** Returns the latest finite value at or before each step. */
function valuesAt({ steps, values }: TrajectorySeries, at: readonly number[]): Float64Array {
  let next = 0
  let held = Number.NaN
  return Float64Array.from(at, (step) => {
    for (; next < steps.length && (steps[next] ?? 0) <= step; next++) {
      const value = values[next] ?? Number.NaN
      if (Number.isFinite(value)) held = value
    }
    return held
  })
}

/** Scales values to mean 0 and deviation 1; undefined if they are all the same. */
function scaled(values: Float64Array): Float64Array | undefined {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
  return deviation > 1e-12 * Math.max(1, Math.abs(mean)) ? values.map((value) => (value - mean) / deviation) : undefined
}

function correlation(score: readonly number[], values: ArrayLike<number>, variance: number): number {
  if (variance === 0) return 0
  const product = score.reduce((sum, value, i) => sum + value * (values[i] ?? 0), 0) / score.length
  return product / Math.sqrt(variance)
}
