/** A sum in twice the precision of a double: `high + low`. */
export interface Sum {
  high: number
  low: number
}

/** Adds the number `high + low`, keeping the part that a double would lose (Knuth's two-sum). */
export function add(sum: Sum, high: number, low: number): void {
  const total = sum.high + high
  const part = total - sum.high
  sum.low += sum.high - (total - part) + (high - part) + low
  sum.high = total
}

/** Adds `values[from, to)`, ignoring NaN. */
export function sumValues(sum: Sum, values: Float64Array, from: number, to: number): void {
  let { high, low } = sum
  for (let at = from; at < to; at++) {
    const value = values[at] ?? Number.NaN
    if (Number.isNaN(value)) continue
    const total = high + value
    const part = total - high
    low += high - (total - part) + (value - part)
    high = total
  }
  sum.high = high
  sum.low = low
}

/** Returns the sum as a double; not finite if it is too large for one. */
export function sumOf({ high, low }: Sum): number {
  return high + low
}
