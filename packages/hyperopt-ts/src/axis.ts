import type { Dimension, FloatDimension, IntDimension, NormalDimension, Scalar } from './dimension.ts'
import { exp, ln } from './elementary.ts'
import { show } from './show.ts'
import { normalQuantile } from './special.ts'

/**
 * A dimension in the form that samplers use, with a coordinate for each value.
 *
 * A bounded number is in [0, 1], with a uniform prior there (a `log` one is warped); a `normal` one is standard normal,
 * without bounds; an unordered value has its index. A grid (int, `step`, ordered) divides [0, 1] into cells, one for each value.
 */
export interface Axis {
  /** Names from the root to the parameter, arms included, joined by dots: `head.mlp.width`. */
  readonly path: string
  readonly dimension: Dimension
  /** The number of values; `Infinity` if continuous. */
  readonly count: number
  /** True if coordinates are indexes of unordered values (choice, branch). */
  readonly nominal: boolean
  /** True if there are no bounds and the prior is standard normal. */
  readonly unbounded: boolean
  /** The value at a coordinate; on a grid, the value of the cell that it falls into. */
  readonly value: (coordinate: number) => Scalar
  /** The coordinate of a valid value of the dimension; on a grid, the middle of its cell. */
  readonly coordinate: (value: Scalar) => number
  /** The cell that a coordinate falls into: 0 to `count` - 1. Meaningful only if `count` is finite. */
  readonly cell: (coordinate: number) => number
  /** The lower end of a grid cell; `edge(count)` is 1. */
  readonly edge: (cell: number) => number
  /** Returns why a value does not belong to this dimension; undefined if it does. */
  readonly problem: (value: unknown) => string | undefined
}

/** Returns the axis of a dimension that has been checked. */
export function createAxis(path: string, dimension: Dimension): Axis {
  switch (dimension.kind) {
    case 'float':
    case 'int':
      return dimension.kind === 'int' || dimension.step !== undefined
        ? numberGrid(path, dimension, dimension.step ?? 1)
        : continuous(path, dimension)
    case 'ordered':
    case 'choice':
      return listed(path, dimension, dimension.values)
    case 'branch':
      return listed(path, dimension, Object.keys(dimension.arms))
    case 'normal':
      return unbounded(path, dimension)
    default: {
      const unknown: never = dimension
      throw new Error(`unreachable: dimension ${String(unknown)}`)
    }
  }
}

/** Returns the coordinate below which the axis's prior has probability `u`, for `u` in [0, 1). */
export function priorCoordinate(axis: Axis, u: number): number {
  if (axis.nominal) return Math.min(axis.count - 1, Math.floor(u * axis.count))
  // The quantile of exactly zero is not finite.
  if (axis.unbounded) return normalQuantile(Math.max(u, 5.551115123125783e-17))
  return u
}

function continuous(path: string, dimension: FloatDimension): Axis {
  const { low, high } = dimension
  const warp = dimension.log ? ln : identity
  const unwarp = dimension.log ? exp : identity
  const start = warp(low)
  const width = warp(high) - start
  return {
    path,
    dimension,
    count: low === high ? 1 : Infinity,
    nominal: false,
    unbounded: false,
    value: (x) => Math.min(high, Math.max(low, unwarp(start + x * width))),
    coordinate: (value) => (width > 0 ? clamp((warp(Number(value)) - start) / width) : 0.5),
    cell: () => 0,
    edge: (cell) => cell,
    problem: (value) => numberProblem(value, low, high),
  }
}

function numberGrid(path: string, dimension: FloatDimension | IntDimension, step: number): Axis {
  const { low, high } = dimension
  const count = Math.floor((high - low) / step + 1e-9) + 1
  const last = count - 1
  const tidy = dimension.kind === 'int' ? identity : roundedTo(Math.max(Math.abs(low), Math.abs(high)))
  const at = (cell: number): number => (cell === 0 ? low : Math.min(high, Math.max(low, tidy(low + cell * step))))
  const nearest = (value: number): number => Math.min(last, Math.max(0, Math.round((value - low) / step)))
  const { cell, edge, middle } = dimension.log ? logCells(low, at(last), count, step, at, nearest) : evenCells(count)
  return {
    path,
    dimension,
    count,
    nominal: false,
    unbounded: false,
    value: (x) => at(cell(x)),
    coordinate: (value) => middle(nearest(Number(value))),
    cell,
    edge,
    problem: (value) =>
      numberProblem(value, low, high) ?? gridProblem(Number(value), at(nearest(Number(value))), step, dimension.kind),
  }
}

type Cells = Pick<Axis, 'cell' | 'edge'> & { readonly middle: (cell: number) => number }

function evenCells(count: number): Cells {
  return {
    cell: (x) => Math.min(count - 1, Math.max(0, Math.floor(x * count))),
    edge: (cell) => cell / count,
    middle: (cell) => (cell + 0.5) / count,
  }
}

/**
 * Divides a logarithmic range into cells: each value covers half a step on either side, so that the values at the ends get the full
 * probability that their density implies.
 */
function logCells(
  low: number,
  top: number,
  count: number,
  step: number,
  at: (cell: number) => number,
  nearest: (value: number) => number,
): Cells {
  const start = ln(Math.max(low - step / 2, low / 2))
  const width = ln(top + step / 2) - start
  return {
    cell: (x) => nearest(exp(start + x * width)),
    edge: (cell) => (cell <= 0 ? 0 : cell >= count ? 1 : (ln(at(cell) - step / 2) - start) / width),
    middle: (cell) => (ln(at(cell)) - start) / width,
  }
}

function listed(path: string, dimension: Dimension, values: readonly Scalar[]): Axis {
  const nominal = dimension.kind !== 'ordered'
  const indexes = new Map(values.map((value, index) => [value, index]))
  const even = evenCells(values.length)
  const cell = nominal ? identity : even.cell
  const indexOf = (value: Scalar): number => indexes.get(value) ?? Number.NaN
  return {
    path,
    dimension,
    count: values.length,
    nominal,
    unbounded: false,
    value: (x) => values[cell(x)] ?? null,
    coordinate: (value) => (nominal ? indexOf(value) : even.middle(indexOf(value))),
    cell,
    edge: even.edge,
    // A Map compares like `===`, except for NaN, which no list contains.
    problem: (value) =>
      indexes.has(value as Scalar) ? undefined : `must be one of ${listValues(values)}, got ${show(value)}`,
  }
}

function unbounded(path: string, dimension: NormalDimension): Axis {
  const { mean, std, log } = dimension
  return {
    path,
    dimension,
    count: Infinity,
    nominal: false,
    unbounded: true,
    value: (x) => (log ? exp(mean + std * x) : mean + std * x),
    coordinate: (value) => ((log ? ln(Number(value)) : Number(value)) - mean) / std,
    cell: () => 0,
    edge: (cell) => cell,
    problem: (value) => numberProblem(value, log ? Number.MIN_VALUE : -Infinity, Infinity),
  }
}

function numberProblem(value: unknown, low: number, high: number): string | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return `must be a finite number, got ${show(value)}`
  return value < low || value > high ? `must be from ${low} to ${high}, got ${value}` : undefined
}

function gridProblem(value: number, nearest: number, step: number, kind: 'float' | 'int'): string | undefined {
  // A float on a grid may differ slightly, because it may have been computed in a different way. An int must be exact.
  const slack = kind === 'int' ? 0 : Math.min(step / 4, 1e-9 * step + 1e-14 * Math.abs(nearest))
  if (Math.abs(value - nearest) <= slack) return undefined
  return `must be on the grid of step ${step}, got ${value}, the nearest is ${nearest}`
}

/**
 * Rounds to 15 digits of the largest number involved, which removes floating-point noise: 0.1 + 2 * 0.1 is 0.30000000000000004, and -0.3 +
 * 3 * 0.1 is 5.55e-17 where the grid has 0.
 */
function roundedTo(largest: number): (value: number) => number {
  const exponent = largest > 0 ? Number(largest.toExponential().split('e')[1]) : 0
  const digits = Math.min(100, Math.max(0, 14 - exponent))
  // Adding zero turns -0 into 0.
  return (value) => Number(value.toFixed(digits)) + 0
}

function listValues(values: readonly Scalar[]): string {
  const shown = values.slice(0, 12).map(show).join(', ')
  return values.length > 12 ? `${shown} and ${values.length - 12} more` : shown
}

function clamp(x: number): number {
  return Math.min(1, Math.max(0, x))
}

function identity(x: number): number {
  return x
}
