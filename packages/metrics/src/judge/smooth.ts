import { Ema } from './ema.ts'

/**
 * Exponential smoothing, point by point, as TensorBoard does it. A value that was not finite stays a gap.
 *
 * Pass every point: smoothing what was reduced for drawing gives another line.
 *
 * @param weight From 0 (no smoothing) to just under 1 (almost none of each new value counts).
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  const ema = new Ema({ weight })
  return values.map((value, at) => (value === null ? null : ema.take(at, value)))
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
