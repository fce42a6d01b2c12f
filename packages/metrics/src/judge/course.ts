import { directionOf } from './direction.ts'

/**
 * The values of one metric by step, in order of step. `values[i]` belongs to `steps[i]`; null is a value that was not
 * finite.
 *
 * Means and effects are those of the points given. A window that was reduced to the extremes of its pixels has more weight
 * on them than the run had: pass every point where the numbers must be exact.
 */
export interface Course {
  readonly name: string
  readonly steps: readonly number[]
  readonly values: readonly (number | null)[]
}

/**
 * The best value of a course and its step; the first one where several are equal.
 *
 * @returns undefined when the name does not say which way is better, or no value is finite.
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
 * Mean of the finite values in a part of a course.
 *
 * @param start Where the part begins, as a share of the points: 0 is the first point.
 * @param end Where it ends, 1 is the last point. At least one point is looked at.
 * @returns undefined when no value in the part is finite.
 */
export function meanOver({ values }: Pick<Course, 'values'>, start: number, end: number): number | undefined {
  const part = values
    .slice(Math.floor(values.length * start), Math.max(Math.ceil(values.length * end), 1))
    .filter((value) => value !== null)
  return part.length === 0 ? undefined : part.reduce((sum, value) => sum + value, 0) / part.length
}
