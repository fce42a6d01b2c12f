/**
 * Exponential smoothing as TensorBoard does it: weight 0 is none, towards 1 is more; corrected at the start, so that
 * the first points are not drawn to zero. What was not finite stays a gap.
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  let average = 0
  let count = 0
  return values.map((value) => {
    if (value === null) return null
    average = average * weight + (1 - weight) * value
    count++
    return weight === 0 ? value : average / (1 - weight ** count)
  })
}

/** Values from 0 to 1 by the least and greatest of them; all the same gives 0.5. */
export function normalise(values: readonly (number | null)[]): (number | null)[] {
  let least = Number.POSITIVE_INFINITY
  let greatest = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (value === null) continue
    if (value < least) least = value
    if (value > greatest) greatest = value
  }
  const span = greatest - least
  return values.map((value) => (value === null ? null : span === 0 ? 0.5 : (value - least) / span))
}
