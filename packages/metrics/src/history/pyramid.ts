import { type Column, doubleColumn, ensureLength } from './column.ts'
import { add, type Sum, sumOf, sumValues } from './exact-sum.ts'

/** The summary of a range of values; all NaN if none is finite. */
export interface RangeSummary {
  readonly min: number
  readonly max: number
  /** The mean of the finite values. */
  readonly mean: number
}

/**
 * Stores the minimum, maximum and sum of every 16, 256, 4096, ... values, so that any range needs only a few dozen reads.
 *
 * NaN stands for a value that was not finite and is ignored. Sums have twice the precision of a double, so that the mean of a range does
 * not depend on node boundaries.
 */
export class Pyramid {
  readonly #levels: Level[] = []
  // The object is reused, because new objects for each query would have to be garbage collected.
  readonly #found: Found = { min: 0, max: 0, high: 0, low: 0 }
  #length = 0

  /** Updates the summary for `values`. Values before index `unchanged` must be the same as in the last call. */
  update(values: Float64Array, unchanged: number = Math.min(this.#length, values.length)): void {
    this.#length = values.length
    let from = Math.floor(unchanged / FAN)
    let below: Level | undefined
    for (let depth = 0, length = values.length; length > FAN; depth++) {
      const level = this.#level(depth)
      // A level exists only if the level below has more than one node.
      from = Math.min(from, level.min.length)
      build(values, below, level, from)
      below = level
      length = level.min.length
      from = Math.floor(from / FAN)
    }
  }

  /**
   * Returns the summary of `values[from, to)`. `values` must be the same as in the last `update`.
   *
   * @param finite The number of finite values.
   */
  range(values: Float64Array, from: number, to: number, finite: number): RangeSummary {
    const found = this.#found
    begin(found)
    let below: Level | undefined
    let start = from
    let end = to
    // Climbs the levels. Each level contributes only the ends of the range that do not fill a node in the next level.
    for (let depth = 0; start < end; depth++) {
      const above = end - start < FAN ? undefined : this.#levels[depth]
      if (above === undefined) {
        collect(found, values, below, start, end)
        break
      }
      const headEnd = Math.ceil(start / FAN) * FAN
      const tailStart = Math.max(headEnd, Math.floor(end / FAN) * FAN)
      if (start < headEnd) collect(found, values, below, start, headEnd)
      if (tailStart < end) collect(found, values, below, tailStart, end)
      start = headEnd / FAN
      end = tailStart / FAN
      below = above
    }
    const { min, max } = found
    return min > max ? NOTHING : { min, max, mean: meanOf(found, finite, values, from, to) }
  }

  /** Returns the first index in `values[from, to)` with the value `extreme`, the minimum or maximum there. */
  find(values: Float64Array, from: number, to: number, extreme: number): number {
    const nodes = this.#levels[0]
    for (let at = from; at < to; ) {
      if (nodes !== undefined && at % FAN === 0 && at + FAN <= to) {
        const node = at / FAN
        // If an extreme of the whole range is inside a node, it is also the minimum or maximum of that node.
        if (nodes.min.data[node] !== extreme && nodes.max.data[node] !== extreme) {
          at += FAN
          continue
        }
      }
      if (values[at] === extreme) return at
      at++
    }
    return from
  }

  /** The memory use in bytes. */
  get bytes(): number {
    return this.#levels.reduce((sum, { min }) => sum + 4 * min.data.byteLength, 0)
  }

  #level(depth: number): Level {
    const known = this.#levels[depth]
    if (known !== undefined) return known
    const level = { min: doubleColumn(), max: doubleColumn(), high: doubleColumn(), low: doubleColumn() }
    this.#levels.push(level)
    return level
  }
}

interface Level {
  readonly min: Column<Float64Array>
  readonly max: Column<Float64Array>
  /** The sum is `high + low`. */
  readonly high: Column<Float64Array>
  readonly low: Column<Float64Array>
}

interface Found extends Sum {
  min: number
  max: number
}

const FAN = 16
const NOTHING: RangeSummary = { min: Number.NaN, max: Number.NaN, mean: Number.NaN }

function begin(found: Found): void {
  found.min = Number.POSITIVE_INFINITY
  found.max = Number.NEGATIVE_INFINITY
  found.high = 0
  found.low = 0
}

/** Adds a level's nodes to the result, or the values themselves if `level` is undefined. */
function collect(found: Found, values: Float64Array, level: Level | undefined, from: number, to: number): void {
  const lows = level?.min.data ?? values
  const highs = level?.max.data ?? values
  let { min, max } = found
  for (let at = from; at < to; at++) {
    const low = lows[at] ?? Number.NaN
    const high = highs[at] ?? Number.NaN
    if (low < min) min = low
    if (high > max) max = high
  }
  found.min = min
  found.max = max
  if (level === undefined) sumValues(found, values, from, to)
  else for (let at = from; at < to; at++) add(found, level.high.data[at] ?? 0, level.low.data[at] ?? 0)
}

/**
 * Builds the nodes of `level`, starting with node `from`, from the level below, or from the values if there is no level below.
 */
function build(values: Float64Array, below: Level | undefined, level: Level, from: number): void {
  const length = below?.min.length ?? values.length
  const count = Math.ceil(length / FAN)
  for (const column of [level.min, level.max, level.high, level.low]) ensureLength(column, count)
  const found: Found = { min: 0, max: 0, high: 0, low: 0 }
  for (let node = from; node < count; node++) {
    begin(found)
    collect(found, values, below, node * FAN, Math.min(length, (node + 1) * FAN))
    level.min.data[node] = found.min
    level.max.data[node] = found.max
    level.high.data[node] = found.high
    level.low.data[node] = found.low
  }
}

function meanOf(found: Found, finite: number, values: Float64Array, from: number, to: number): number {
  const sum = sumOf(found)
  const mean = Number.isFinite(sum) ? sum / finite : scaledMean(values, from, to, finite)
  // Rounding must not change the mean of equal numbers.
  return Math.min(found.max, Math.max(found.min, mean))
}

/** Computes the mean of values that are so large that their sum overflows. Each value is divided first. */
function scaledMean(values: Float64Array, from: number, to: number, finite: number): number {
  const sum: Sum = { high: 0, low: 0 }
  for (let at = from; at < to; at++) {
    const value = values[at] ?? Number.NaN
    if (!Number.isNaN(value)) add(sum, value / finite, 0)
  }
  return sumOf(sum)
}
