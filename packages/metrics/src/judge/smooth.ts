import { Ema } from './ema.ts'

/**
 * Exponential smoothing, point by point, as in TensorBoard. A value that was not finite remains a gap.
 *
 * Pass every point: smoothing points that were reduced for drawing gives another line.
 *
 * @param weight From 0 (no smoothing) to just under 1 (almost none of each new value counts).
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  const ema = new Ema({ weight })
  return values.map((value, at) => (value === null ? null : ema.take(at, value)))
}

/** Scales values to 0 for the smallest and 1 for the largest; 0.5 where all are equal. Gaps remain gaps. */
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
