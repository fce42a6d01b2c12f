import { Ema } from './ema.ts'

/**
 * Smooths values exponentially, point by point, as TensorBoard does. A value that was not finite remains a gap.
 *
 * Pass every point, because smoothing points that were reduced for drawing gives a different curve.
 *
 * @param weight From 0 (no smoothing) to just under 1 (almost none of each new value counts).
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  const ema = new Ema({ weight })
  return values.map((value, at) => (value === null ? null : ema.take(at, value)))
}

/** Scales values to 0 for the smallest and 1 for the largest; 0.5 if all are equal. Gaps remain gaps. */
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
