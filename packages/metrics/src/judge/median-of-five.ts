/**
 * Returns the median of five values, starting at `from`. It does not sort, because it runs for every value of every watched metric.
 */
export function medianOfFive(values: ArrayLike<number>, from: number): number {
  const a = values[from] ?? 0
  const b = values[from + 1] ?? 0
  const c = values[from + 2] ?? 0
  const d = values[from + 3] ?? 0
  const e = values[from + 4] ?? 0
  // Neither the minimum nor the maximum of four values is the median of five, so the middle two and the fifth remain.
  const x = Math.max(Math.min(a, b), Math.min(c, d))
  const y = Math.min(Math.max(a, b), Math.max(c, d))
  return Math.max(Math.min(x, y), Math.min(Math.max(x, y), e))
}
