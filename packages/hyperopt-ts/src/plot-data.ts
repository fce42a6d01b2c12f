import type { Axis } from './axis.ts'
import type { Scalar } from './dimension.ts'
import type { Studied } from './importance.ts'
import { createLayout, encodeParams, type Layout } from './layout.ts'
import { compareValues, isComplete, type Trial } from './trial.ts'

/** One complete trial in a study's history. */
export interface HistoryPoint {
  readonly number: number
  readonly value: number
  /** The best value up to this trial. */
  readonly best: number
}

/** Returns the complete trials in number order, each with the best value so far. */
export function history(study: Studied): HistoryPoint[] {
  let best = Number.NaN
  return study.trials.filter(isComplete).map(({ number, value }) => {
    if (compareValues(value, best, study.direction) < 0) best = value
    return { number, value, best }
  })
}

/** One dot of a slice plot. */
export interface SlicePoint {
  readonly number: number
  readonly x: Scalar
  readonly value: number
}

/**
 * Returns the values against one parameter, for the complete trials that have it.
 *
 * @throws RangeError if the space has no parameter at `path`.
 */
export function slice(study: Studied, path: string): SlicePoint[] {
  const { rows, find } = flatten(study)
  const index = find(path)
  return rows.flatMap(({ number, value, values }) => {
    const x = values[index]
    return x === undefined ? [] : [{ number, x, value }]
  })
}

/** The data of a contour plot. */
export interface Contour {
  /** The positions of the grid's columns and rows, as parameter values. */
  readonly xs: readonly Scalar[]
  readonly ys: readonly Scalar[]
  /** Estimated values, with one row for each of `ys`. */
  readonly grid: readonly (readonly number[])[]
  readonly points: readonly {
    readonly number: number
    readonly x: Scalar
    readonly y: Scalar
    readonly value: number
  }[]
}

/** Options for {@link contour}. */
export interface ContourOptions {
  /**
   * The number of columns and rows in the grid. A parameter with fewer values gets one for each value.
   *
   * @defaultValue 25
   */
  readonly resolution?: number
}

/**
 * Returns the values against two parameters, for the complete trials that have both, and an estimate between them: each trial is weighted
 * by the inverse square of its distance (Shepard 1968).
 *
 * @throws RangeError if the space has no parameter at one of the paths.
 */
export function contour(study: Studied, xPath: string, yPath: string, options: ContourOptions = {}): Contour {
  const { resolution = 25 } = options
  const { rows, find, layout } = flatten(study)
  const [i, j] = [find(xPath), find(yPath)]
  const dots = rows.flatMap(({ number, value, values, point }) => {
    const [x, y] = [values[i], values[j]]
    return x === undefined || y === undefined
      ? []
      : [{ number, x, y, value, at: [point[i] ?? 0, point[j] ?? 0] as const }]
  })
  const columns = places(layout.axes[i], resolution)
  const lines = places(layout.axes[j], resolution)
  return {
    xs: columns.map(({ value }) => value),
    ys: lines.map(({ value }) => value),
    grid: lines.map((line) => columns.map((column) => estimate(dots, column.at, line.at))),
    points: dots.map(({ number, x, y, value }) => ({ number, x, y, value })),
  }
}

/** The data of a parallel-coordinates plot. */
export interface ParallelCoordinates {
  readonly axes: readonly { readonly path: string; readonly values: readonly Scalar[] | undefined }[]
  /** A line for each complete trial: its value and, for each axis, a height from 0 to 1, or undefined if the trial has no value there. */
  readonly lines: readonly {
    readonly number: number
    readonly value: number
    readonly heights: readonly (number | undefined)[]
  }[]
}

/**
 * Returns the complete trials as lines across one axis per parameter. Axes with few values show their names, evenly spaced.
 */
export function parallelCoordinates(study: Studied): ParallelCoordinates {
  const { rows, layout } = flatten(study)
  return {
    axes: layout.axes.map((axis) => ({
      path: axis.path,
      values: axis.nominal || axis.count <= 25 ? places(axis, axis.count).map(({ value }) => value) : undefined,
    })),
    lines: rows.map(({ number, value, point }) => ({
      number,
      value,
      heights: layout.axes.map((axis, d) => heightOf(axis, point[d] ?? Number.NaN)),
    })),
  }
}

interface Row {
  readonly number: number
  readonly value: number
  readonly point: Float64Array
  readonly values: readonly (Scalar | undefined)[]
}

function flatten(study: Studied): { rows: Row[]; layout: Layout; find: (path: string) => number } {
  const layout = createLayout(study.space)
  const complete = study.trials.filter(isComplete) as readonly (Trial & { readonly value: number })[]
  const rows = complete.map(({ number, value, params }) => {
    const point = encodeParams(layout, params)
    const values = layout.axes.map((axis, d) => (Number.isNaN(point[d]) ? undefined : axis.value(point[d] ?? 0)))
    return { number, value, point, values }
  })
  const find = (path: string): number => {
    const index = layout.axes.findIndex((axis) => axis.path === path)
    if (index < 0)
      throw new RangeError(
        `\`${path}\` is not a parameter of the space, which has ${layout.axes.map((axis) => axis.path).join(', ')}`,
      )
    return index
  }
  return { rows, layout, find }
}

function places(axis: Axis | undefined, resolution: number): { at: number; value: Scalar }[] {
  if (axis === undefined) return []
  const all = axis.count <= resolution
  const count = all ? axis.count : resolution
  return Array.from({ length: count }, (_, i) => {
    const share = count === 1 ? 0.5 : i / (count - 1)
    const at = axis.nominal ? i : axis.unbounded ? share * 6 - 3 : all ? (axis.edge(i) + axis.edge(i + 1)) / 2 : share
    return { at, value: axis.value(at) }
  })
}

function estimate(dots: readonly { at: readonly [number, number]; value: number }[], x: number, y: number): number {
  let sum = 0
  let weights = 0
  for (const { at, value } of dots) {
    if (!Number.isFinite(value)) continue
    const [dx, dy] = [at[0] - x, at[1] - y]
    const weight = 1 / (dx * dx + dy * dy + 1e-6)
    sum += weight * value
    weights += weight
  }
  return weights === 0 ? Number.NaN : sum / weights
}

function heightOf(axis: Axis, at: number): number | undefined {
  if (Number.isNaN(at)) return undefined
  if (axis.nominal) return axis.count === 1 ? 0.5 : at / (axis.count - 1)
  return axis.unbounded ? Math.min(1, Math.max(0, (at + 3) / 6)) : at
}
