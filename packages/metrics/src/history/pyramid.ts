import { type Column, doubleColumn } from './column.ts'

/** The smallest and the largest of some values; NaN both where none was finite. */
export interface Extremes {
  readonly min: number
  readonly max: number
}

/**
 * Smallest and largest of every 16, 256, 4096, ... values, so that those of any range are found in a few dozen looks.
 *
 * NaN stands for a value that was not finite, and counts for nothing.
 */
export class Pyramid {
  readonly #levels: Level[] = []
  // Used again and again: a pair of numbers for each look would be garbage.
  readonly #found = new Float64Array(2)
  #length = 0

  /** Takes note of `values`, of which those before `unchanged` are as they were at the last call. */
  update(values: Float64Array, unchanged: number = Math.min(this.#length, values.length)): void {
    this.#length = values.length
    let from = Math.floor(unchanged / FAN)
    let below: Level = { min: { data: values, length: values.length }, max: { data: values, length: values.length } }
    for (let depth = 0; below.min.length > FAN; depth++) {
      const level = this.#level(depth)
      // A level begins to be kept only when the one below it has more than one node's worth.
      from = Math.min(from, level.min.length)
      build(below, level, from)
      below = level
      from = Math.floor(from / FAN)
    }
  }

  /** Extremes of `values[from, to)`; `values` are those of the last `update`. */
  range(values: Float64Array, from: number, to: number): Extremes {
    const found = this.#found
    found[0] = Number.POSITIVE_INFINITY
    found[1] = Number.NEGATIVE_INFINITY
    let lowest = values
    let highest = values
    let start = from
    let end = to
    // Climb: at each level only the ends that do not fill a node are looked at.
    for (let depth = 0; start < end; depth++) {
      const above = end - start < FAN ? undefined : this.#levels[depth]
      if (above === undefined) {
        widen(found, lowest, highest, start, end)
        break
      }
      const headEnd = Math.ceil(start / FAN) * FAN
      const tailStart = Math.max(headEnd, Math.floor(end / FAN) * FAN)
      if (start < headEnd) widen(found, lowest, highest, start, headEnd)
      if (tailStart < end) widen(found, lowest, highest, tailStart, end)
      start = headEnd / FAN
      end = tailStart / FAN
      lowest = above.min.data
      highest = above.max.data
    }
    const min = found[0] ?? Number.NaN
    const max = found[1] ?? Number.NaN
    return min > max ? NOTHING : { min, max }
  }

  /** The first place in `values[from, to)` that holds `extreme`, the smallest or the largest there. */
  find(values: Float64Array, from: number, to: number, extreme: number): number {
    const nodes = this.#levels[0]
    for (let at = from; at < to; ) {
      if (nodes !== undefined && at % FAN === 0 && at + FAN <= to) {
        const node = at / FAN
        // An extreme of the whole range is one of a node's own two, if the node holds it at all.
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

  /** Bytes that it holds. */
  get bytes(): number {
    return this.#levels.reduce((sum, level) => sum + level.min.data.byteLength + level.max.data.byteLength, 0)
  }

  #level(depth: number): Level {
    const known = this.#levels[depth]
    if (known !== undefined) return known
    const level = { min: doubleColumn(), max: doubleColumn() }
    this.#levels.push(level)
    return level
  }
}

/** Takes values into the smallest and the largest found so far. */
function widen(found: Float64Array, lowest: Float64Array, highest: Float64Array, from: number, to: number): void {
  let min = found[0] ?? Number.NaN
  let max = found[1] ?? Number.NaN
  for (let at = from; at < to; at++) {
    const low = lowest[at] ?? Number.NaN
    const high = highest[at] ?? Number.NaN
    if (low < min) min = low
    if (high > max) max = high
  }
  found[0] = min
  found[1] = max
}

interface Level {
  readonly min: Column<Float64Array>
  readonly max: Column<Float64Array>
}

const FAN = 16
const NOTHING: Extremes = { min: Number.NaN, max: Number.NaN }

/** Makes the nodes of `level` from `from` on out of the level below. */
function build(below: Level, level: Level, from: number): void {
  const count = Math.ceil(below.min.length / FAN)
  ensure(level.min, count)
  ensure(level.max, count)
  const lows = below.min.data
  const highs = below.max.data
  for (let node = from; node < count; node++) {
    let min = Number.POSITIVE_INFINITY
    let max = Number.NEGATIVE_INFINITY
    const end = Math.min(below.min.length, (node + 1) * FAN)
    for (let at = node * FAN; at < end; at++) {
      const low = lows[at] ?? Number.NaN
      const high = highs[at] ?? Number.NaN
      if (low < min) min = low
      if (high > max) max = high
    }
    level.min.data[node] = min
    level.max.data[node] = max
  }
}

function ensure(column: Column<Float64Array>, length: number): void {
  if (length > column.data.length) {
    const larger = new Float64Array(Math.max(length, column.data.length * 2))
    larger.set(column.data)
    column.data = larger
  }
  column.length = length
}
