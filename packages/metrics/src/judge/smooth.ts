/**
 * Exponential smoothing as TensorBoard does it. The sum of weights is divided out (the bias correction of Adam, Kingma and
 * Ba 2015), so that the first points are not pulled towards zero. A value that was not finite stays a gap.
 *
 * @param weight From 0 (no smoothing) to just under 1 (almost none of each new value counts).
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

/** Values scaled to 0 for the least and 1 for the greatest of them; 0.5 where all are equal. A gap stays a gap. */
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
