import { signal } from '@preact/signals'
import type { QueuedRow } from '../../../shared/queued-row.ts'
import type { Marker } from '../../../shared/wire.ts'
import type { RailMark } from '../../changes/rail-mark.ts'

/** What the dialog shows. */
export interface ShownChange {
  readonly marks: readonly Marker[]
  /** Commands that wait for their step. */
  readonly waiting: readonly QueuedRow[]
  /** The metrics that are compared. */
  readonly names: readonly string[]
}

/** What the dialog shows; undefined while it is closed. */
export const shownChange = signal<ShownChange | undefined>(undefined)

/** Shows what changes did to some metrics. */
export function openChange(marks: readonly Marker[], names: readonly string[]): void {
  shownChange.value = { marks, waiting: [], names }
}

/** Shows the changes of a flag: those that were decided, and those that wait. */
export function openMarks(marks: readonly RailMark[], names: readonly string[]): void {
  // The end of a ramp shows the change that began it.
  const lines = marks.flatMap(({ line, ramp }) => line ?? ramp?.line ?? [])
  const waiting = marks.flatMap(({ waiting }) => waiting ?? [])
  if (lines.length + waiting.length > 0) shownChange.value = { marks: lines, waiting, names }
}
