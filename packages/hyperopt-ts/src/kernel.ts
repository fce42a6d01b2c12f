import type { Axis } from './axis.ts'
import { exp, ln } from './elementary.ts'
import { logTruncatedNorm, truncatedQuantile } from './truncated-normal.ts'

// A grid with more values than this is treated as continuous, and results are rounded to it.
const MOST_CELLS = 128

/**
 * The domain of an ordered axis's kernels: an interval, or the middles of a grid's cells.
 *
 * All densities are per unit of coordinate, so a cell's probability is its density times its width.
 */
export interface Line {
  readonly low: number
  readonly high: number
  /** Middles and widths of the cells, if there are few enough to handle each one. */
  readonly cells: { readonly middles: Float64Array; readonly widths: Float64Array } | undefined
  /**
   * The minimum standard deviation of a kernel at a coordinate: half a cell, so that a kernel is not narrower than a value's cell.
   */
  readonly leastSigma: (coordinate: number) => number
  /** The coordinate of the nearest value. */
  readonly snap: (coordinate: number) => number
}

/** Returns the line of an ordered axis. */
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
 * Returns the logarithm of the norm of a normal kernel on the line. Its density is exp(-z^2 / 2) divided by the norm, with z = (x
 * - mean) / sigma.
 */
export function kernelNorm(line: Line, mean: number, sigma: number): number {
  if (line.cells === undefined) return logTruncatedNorm(mean, sigma, line.low, line.high)
  return ln(cellTotal(line.cells, mean, sigma))
}

/**
 * Returns the quantile function of a kernel: the coordinate below which a given fraction of it lies. A uniform fraction in [0, 1) yields a
 * sample.
 */
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

/** Returns the sum of the cells' unnormalized probabilities. */
function cellTotal({ middles, widths }: Cells, mean: number, sigma: number): number {
  let sum = 0
  for (let cell = 0; cell < middles.length; cell++) {
    const z = ((middles[cell] as number) - mean) / sigma // `cell` is below the lengths.
    sum += exp(-0.5 * z * z) * (widths[cell] as number)
  }
  return sum
}

/** Returns the middle of the cell at which the sum of the unnormalized probabilities passes `target`. */
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
