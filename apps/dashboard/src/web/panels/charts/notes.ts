import type uPlot from 'uplot'
import type { Annotation } from '../../../shared/annotations.ts'

/** The position of a note on its plot, in pixels. */
export interface NotePlace {
  readonly note: Annotation
  readonly left: number
  readonly top: number
  /** Whether its text is to the left of its point, because there is not enough room to the right. */
  readonly isLeft: boolean
}

/** Places the visible notes: at their values, or at the bottom of the plot. */
export function placeNotes(
  plot: Pick<uPlot, 'bbox' | 'valToPos'>,
  notes: readonly Annotation[],
  hasValues: boolean,
  ratio: number,
): NotePlace[] {
  const { bbox } = plot
  const [left, top, width, height] = [bbox.left, bbox.top, bbox.width, bbox.height].map((size) => size / ratio)
  if (left === undefined || top === undefined || width === undefined || height === undefined) return []
  return notes.flatMap((note) => {
    const x = plot.valToPos(note.step, 'x')
    if (!(x >= 0 && x <= width)) return []
    const y = note.value === null || !hasValues ? Number.NaN : plot.valToPos(note.value, 'y')
    const isInSight = y >= 0 && y <= height
    return [
      {
        note,
        left: Math.round(left + x),
        top: Math.round(top + (isInSight ? y : height - FOOT)),
        isLeft: x > width * 0.6,
      },
    ]
  })
}

/** Pixels from the bottom of a plot. */
const FOOT = 10

/** Whether notes have the same positions as before. */
export function sameNotes(a: readonly NotePlace[], b: readonly NotePlace[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ note, left, top }, i) => note === b[i]?.note && left === b[i]?.left && top === b[i]?.top)
  )
}
