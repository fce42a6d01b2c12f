import type { AxisKnots, CompareCourse } from '../../shared/compare-wire.ts'
import { placeAfter, valueAt } from './lines.ts'

/** What the horizontal axis shows. */
export type AxisKind =
  | { readonly kind: 'step' | 'time' | 'relative' | 'epoch' }
  | { readonly kind: 'metric'; readonly name: string }

/** Parses `step`, `time`, `relative`, `epoch` or `m:NAME`; anything else is `step`. */
export function parseAxis(text: string | null): AxisKind {
  if (text === 'time' || text === 'relative' || text === 'epoch') return { kind: text }
  if (text?.startsWith('m:') === true && text.length > 2) return { kind: 'metric', name: text.slice(2) }
  return { kind: 'step' }
}

/** The inverse of {@link parseAxis}; returns null for steps. */
export function formatAxis(axis: AxisKind): string | null {
  if (axis.kind === 'metric') return `m:${axis.name}`
  return axis.kind === 'step' ? null : axis.kind
}

/** The position of a step of one run on the axis; null if it is unknown. */
export type AxisPlace = (step: number) => number | null

/**
 * Returns the function that places the steps of one run on the axis. Times and epochs are known at some steps, and interpolated linearly
 * between them. Relative time is in seconds since the first line of metrics.
 */
export function axisPlace(axis: AxisKind, knots: AxisKnots | undefined, course: CompareCourse | undefined): AxisPlace {
  if (axis.kind === 'step') return (step) => step
  if (axis.kind === 'metric') {
    if (course === undefined) return () => null
    return (step) => nearestValue(course, step)
  }
  if (knots === undefined) return () => null
  const { steps } = knots
  const ys = axis.kind === 'epoch' ? knots.epochs : knots.times
  const start = axis.kind === 'relative' ? (ys.find((time) => time !== null) ?? 0) : 0
  return (step) => {
    const value = valueAt({ xs: steps, ys }, step)
    return value === null ? null : value - start
  }
}

/** Returns the value of a curve at the recorded step nearest to a step. */
export function nearestValue({ steps, mean }: CompareCourse, step: number): number | null {
  const after = placeAfter(steps, step)
  const [left, right] = [steps[after - 1], steps[after]]
  if (left === undefined) return mean[after] ?? null
  const at = right !== undefined && right - step <= step - left ? after : after - 1
  return mean[at] ?? null
}
