import { bestOf, type Course, meanOver } from './course.ts'
import { directionOf } from './direction.ts'

/** The name of a part of a curve that is compared to other parts. */
export type CoursePart = 'start' | 'middle' | 'before' | 'recent' | 'end'

/** The parts of a curve that are compared, as fractions of its points. */
export const COURSE_PARTS: Readonly<Record<CoursePart, readonly [start: number, end: number]>> = {
  start: [0, 0.05],
  middle: [0.5, 0.6],
  before: [0.6, 0.8],
  recent: [0.9, 1],
  end: [0.95, 1],
}

/** Facts about a curve, each computed from all of its points. */
export interface CourseFacts {
  readonly name: string
  /** The number of points, including those that are not finite. */
  readonly points: number
  /** The number of points that are not finite. */
  readonly gaps: number
  /** The latest point. Its value is null if it is not finite. */
  readonly last: { readonly step: number; readonly value: number | null } | undefined
  /** The best value and its first step; undefined if no value is finite or the name does not imply a direction. */
  readonly best: { readonly step: number; readonly value: number } | undefined
  /** The means of the finite values of each part; undefined if there is none. */
  readonly means: Readonly<Record<CoursePart, number | undefined>>
}

/** The input for `createFacts`. */
export interface CourseStats {
  readonly points: number
  /** The number of points that are not finite. @defaultValue 0 */
  readonly gaps?: number
  readonly last: CourseFacts['last']
  /** The smallest and the largest finite value, each with the first step at which it occurs. */
  readonly min: CourseFacts['best']
  readonly max: CourseFacts['best']
  /** Returns the mean of the finite values in a part. */
  mean(part: CoursePart): number | undefined
}

/** Creates the facts about a curve from precomputed statistics. */
export function createFacts(name: string, { points, gaps = 0, last, min, max, mean }: CourseStats): CourseFacts {
  const direction = directionOf(name)
  return {
    name,
    points,
    gaps,
    last,
    best: direction === undefined ? undefined : direction === 'min' ? min : max,
    means: {
      start: mean('start'),
      middle: mean('middle'),
      before: mean('before'),
      recent: mean('recent'),
      end: mean('end'),
    },
  }
}

/** Creates the facts about a curve from all of its points. */
export function factsOf(course: Course): CourseFacts {
  const { name, steps, values } = course
  const best = bestOf(course)
  return createFacts(name, {
    points: values.length,
    gaps: values.filter((value) => value === null).length,
    last: values.length === 0 ? undefined : { step: steps[values.length - 1] ?? 0, value: values.at(-1) ?? null },
    min: best,
    max: best,
    mean: (part) => meanOver(course, COURSE_PARTS[part][0], COURSE_PARTS[part][1]),
  })
}
