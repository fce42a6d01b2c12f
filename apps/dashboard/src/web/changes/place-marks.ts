import type { RailMark } from './rail-mark.ts'

/** The position of a flag, and its changes. */
export interface RailPlace {
  /** Pixels from the left of the rail. */
  readonly left: number
  readonly marks: readonly RailMark[]
  /** Whether the changes are for steps after the visible ones. */
  readonly isAhead: boolean
}

/** The part of a rail that shows steps. */
export interface RailArea {
  /** Pixels from the left of the rail to the first visible step. */
  readonly left: number
  readonly width: number
  /** The distance in pixels from the first visible step to the given one. */
  readonly x: (step: number) => number
}

/**
 * Places a flag at each visible change. Changes that are too close together share a flag. Changes that are scheduled for steps beyond the
 * right end share one flag there.
 *
 * @param marks Ordered by step.
 */
export function placeMarks(marks: readonly RailMark[], { left, width, x }: RailArea): readonly RailPlace[] {
  const places: { left: number; marks: RailMark[] }[] = []
  const ahead: RailMark[] = []
  for (const mark of marks) {
    const at = x(mark.step)
    if (at > width && mark.outcome === 'scheduled') ahead.push(mark)
    if (at < 0 || at > width) continue
    const place = Math.round(at + left)
    const before = places.at(-1)
    if (before !== undefined && place - before.left < APART) before.marks.push(mark)
    else places.push({ left: place, marks: [mark] })
  }
  const shown: RailPlace[] = places.map((place) => ({ ...place, isAhead: false }))
  // This flag is between the last step and the edge.
  if (ahead.length > 0) shown.push({ left: Math.round(left + width + APART / 2), marks: ahead, isAhead: true })
  return shown
}

/** Minimum distance between two flags, in pixels. */
const APART = 22

/** Whether the flags have the same positions and content. */
export function samePlaces(a: readonly RailPlace[], b: readonly RailPlace[]): boolean {
  return a.length === b.length && a.every((place, i) => samePlace(place, b[i]))
}

function samePlace(a: RailPlace, b: RailPlace | undefined): boolean {
  return (
    b !== undefined &&
    a.left === b.left &&
    a.isAhead === b.isAhead &&
    a.marks.length === b.marks.length &&
    a.marks.every((mark, i) => mark.id === b.marks[i]?.id && mark.outcome === b.marks[i]?.outcome)
  )
}
