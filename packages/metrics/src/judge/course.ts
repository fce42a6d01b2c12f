import { directionOf } from './direction.ts'

/**
 * One metric's curve: its values in step order. `values[i]` belongs to `steps[i]`; null means a value that was not finite.
 *
 * Pass every point, because means and effects are wrong if they are computed from points that were reduced for drawing.
 */
export interface Course {
  readonly name: string
  readonly steps: readonly number[]
  readonly values: readonly (number | null)[]
}

/**
 * Returns the best value of a curve and its step; the first one if there are several equal values.
 *
 * @returns undefined if the name does not imply a direction, or no value is finite.
 */
export function bestOf({ name, steps, values }: Course): { readonly value: number; readonly step: number } | undefined {
  const direction = directionOf(name)
  if (direction === undefined) return undefined
  let best: { value: number; step: number } | undefined
  for (const [i, value] of values.entries()) {
    if (value === null) continue
    const isBest = best === undefined || (direction === 'min' ? value < best.value : value > best.value)
    if (isBest) best = { value, step: steps[i] ?? 0 }
  }
  return best
}

/**
 * Returns the mean of the finite values in part of a curve.
 *
 * @param start The start of the part as a fraction of the points: 0 is the first point.
 * @param end The end of the part: 1 is the last point. At least one point is used.
 * @returns undefined if no value in the part is finite.
 */
export function meanOver({ values }: Pick<Course, 'values'>, start: number, end: number): number | undefined {
  const places = placesOfPart(values.length, start, end)
  const part = values.slice(places.start, places.end).filter((value) => value !== null)
  return part.length === 0 ? undefined : part.reduce((sum, value) => sum + value, 0) / part.length
}

/** Returns the indices of a part of `count` points, given as two fractions; `end` is the index after its last point. */
export function placesOfPart(
  count: number,
  from: number,
  to: number,
): { readonly start: number; readonly end: number } {
  const start = Math.min(Math.floor(count * from), Math.max(0, count - 1))
  return { start, end: Math.min(count, Math.max(Math.ceil(count * to), start + 1)) }
}
