import { dominates } from './pareto.ts'
import { show } from './show.ts'
import type { StudyDirection } from './trial.ts'

/**
 * Returns the volume between points and a reference point that all of them should beat; a larger volume means a better front
 * (Zitzler and Thiele 1998). It is the sum of the volumes that each point adds (While et al. 2012).
 *
 * Points that do not beat the reference in every objective add nothing.
 *
 * @throws RangeError if the number of values in a point differs from the number of directions.
 */
export function hypervolume(
  points: readonly (readonly number[])[],
  reference: readonly number[],
  directions: readonly StudyDirection[],
): number {
  for (const point of [reference, ...points]) {
    if (point.length !== directions.length) {
      throw new RangeError(`each point must have ${directions.length} values, got ${show(point)}`)
    }
  }
  // Each value becomes the amount by which it beats the reference.
  const gains = points
    .map((point) => point.map((value, i) => (directions[i] === 'minimize' ? -1 : 1) * (value - (reference[i] ?? 0))))
    .filter((gain) => gain.every((one) => one > 0))
  return volume(front(gains))
}

function volume(points: readonly (readonly number[])[]): number {
  const [first, ...rest] = points
  if (first === undefined) return 0
  const box = first.reduce((product, one) => product * one, 1)
  // The overlap of the first point's box with the other boxes is counted for the others.
  const shared = rest.map((point) => point.map((one, i) => Math.min(one, first[i] ?? 0)))
  return box - volume(front(shared)) + volume(rest)
}

function front(points: readonly (readonly number[])[]): (readonly number[])[] {
  const directions = (points[0] ?? []).map((): StudyDirection => 'maximize')
  const kept: (readonly number[])[] = []
  for (const [i, point] of points.entries()) {
    const beaten = points.some(
      (other, j) => dominates(other, point, directions) || (j < i && other.every((one, k) => one === point[k])),
    )
    if (!beaten) kept.push(point)
  }
  return kept
}
