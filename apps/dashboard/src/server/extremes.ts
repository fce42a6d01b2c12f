/**
 * Places, rising, of what must not be lost of the values from `start` to `end` (itself not included): the first that is
 * missing, the least and the greatest. Of equal values the first.
 *
 * @param valueAt The value at a place; null or undefined where it is missing.
 */
export function extremesOf(
  valueAt: (at: number) => number | null | undefined,
  start: number,
  end: number,
): readonly number[] {
  let least: number | undefined
  let greatest: number | undefined
  let missing: number | undefined
  let lowest = Number.POSITIVE_INFINITY
  let highest = Number.NEGATIVE_INFINITY
  for (let at = start; at < end; at++) {
    const value = valueAt(at)
    if (value === null || value === undefined) {
      missing ??= at
      continue
    }
    if (least === undefined || value < lowest) [least, lowest] = [at, value]
    if (greatest === undefined || value > highest) [greatest, highest] = [at, value]
  }
  const kept = new Set([least, greatest, missing].filter((at) => at !== undefined))
  return [...kept].sort((a, b) => a - b)
}
