import type { Axis } from './axis.ts'
import { exp, ln } from './elementary.ts'
import { logTruncatedNorm, truncatedQuantile } from './truncated-normal.ts'

// A grid of more values than this is treated as continuous and rounded to.
const MOST_CELLS = 128

/**
 * The line on which the kernels of an ordered axis live: an interval, or the middles of the cells of a grid.
 *
 * All densities are per unit of coordinate, so a cell's probability is its density times its width.
 */
export interface Line {
  readonly low: number
  readonly high: number
  /** Middles and widths of the cells, when there are few enough to be counted. */
  readonly cells: { readonly middles: Float64Array; readonly widths: Float64Array } | undefined
  /**
   * The smallest standard deviation of a kernel at a coordinate: half a cell, so that a kernel is not narrower than a
   * value.
   */
  readonly leastSigma: (coordinate: number) => number
  /** The nearest coordinate that a value has. */
  readonly snap: (coordinate: number) => number
}

/** The line of an ordered axis. */
export function createLine(axis: Axis): Line {
  const [low, high] = axis.unbounded ? [-Infinity, Infinity] : [0, 1]
  if (!Number.isFinite(axis.count)) return { low, high, cells: undefined, leastSigma: () => 0, snap: (x) => x }
  const width = (cell: number): number => axis.edge(cell + 1) - axis.edge(cell)
  const snap = (x: number): number => axis.coordinate(axis.value(x))
  const leastSigma = (x: number): number => 0.5 * width(axis.cell(x))
  if (axis.count > MOST_CELLS) return { low, high, cells: undefined, leastSigma, snap }
  const indexes = Array.from({ length: axis.count }, (_, cell) => cell)
  const middles = Float64Array.from(indexes, (cell) => snap((axis.edge(cell) + axis.edge(cell + 1)) / 2))
  return { low, high, cells: { middles, widths: Float64Array.from(indexes, width) }, leastSigma, snap }
}

/**
 * The logarithm of what exp(-z^2 / 2) is divided by to make the density of a normal kernel on the line, where
 * z = (x - mean) / sigma.
 */
export function kernelNorm(line: Line, mean: number, sigma: number): number {
  if (line.cells === undefined) return logTruncatedNorm(mean, sigma, line.low, line.high)
  return ln(cellTotal(line.cells, mean, sigma))
}

/** A function that returns the coordinate below which a share of the kernel is: a sample if the share is uniform in [0, 1). */
export function kernelQuantile(line: Line, mean: number, sigma: number): (u: number) => number {
  const { cells, snap } = line
  if (cells !== undefined) {
    const total = cellTotal(cells, mean, sigma)
    return (u) => cellAt(cells, mean, sigma, u * total)
  }
  const quantile = truncatedQuantile(mean, sigma, line.low, line.high)
  return (u) => snap(quantile(u))
}

type Cells = NonNullable<Line['cells']>

/** What the cells' shares add up to. */
function cellTotal({ middles, widths }: Cells, mean: number, sigma: number): number {
  let sum = 0
  for (let cell = 0; cell < middles.length; cell++) {
    const z = ((middles[cell] as number) - mean) / sigma // `cell` is below the lengths.
    sum += exp(-0.5 * z * z) * (widths[cell] as number)
  }
  return sum
}

/** The middle of the cell at which the sum of the shares passes `target`. */
function cellAt({ middles, widths }: Cells, mean: number, sigma: number, target: number): number {
  let sum = 0
  let middle = 0
  for (let cell = 0; cell < middles.length; cell++) {
    middle = middles[cell] as number // `cell` is below the lengths.
    const z = (middle - mean) / sigma
    sum += exp(-0.5 * z * z) * (widths[cell] as number)
    if (sum > target) break
  }
  return middle
}
