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
  return ln(cellSum(line.cells, mean, sigma, Infinity).sum)
}

/** The coordinate below which a share `u` of the kernel is: a sample if `u` is uniform in [0, 1). */
export function kernelQuantile(line: Line, u: number, mean: number, sigma: number): number {
  if (line.cells === undefined) return line.snap(truncatedQuantile(u, mean, sigma, line.low, line.high))
  const { sum } = cellSum(line.cells, mean, sigma, Infinity)
  return cellSum(line.cells, mean, sigma, u * sum).middle
}

/** Adds up the cells' shares until they pass `target`. */
function cellSum(
  cells: NonNullable<Line['cells']>,
  mean: number,
  sigma: number,
  target: number,
): { sum: number; middle: number } {
  const { middles, widths } = cells
  let sum = 0
  let middle = 0
  for (let cell = 0; cell < middles.length; cell++) {
    middle = middles[cell] ?? 0
    const z = (middle - mean) / sigma
    sum += exp(-0.5 * z * z) * (widths[cell] ?? 0)
    if (sum > target) break
  }
  return { sum, middle }
}
