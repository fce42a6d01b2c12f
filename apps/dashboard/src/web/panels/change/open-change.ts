import { signal } from '@preact/signals'
import type { QueuedRow } from '../../../shared/queued-row.ts'
import type { Marker } from '../../../shared/wire.ts'
import type { RailMark } from '../../changes/rail-mark.ts'

/** The content of the dialog. */
export interface ShownChange {
  readonly marks: readonly Marker[]
  /** Commands that are waiting for their step. */
  readonly waiting: readonly QueuedRow[]
  /** The metrics to compare. */
  readonly names: readonly string[]
}

/** The content of the dialog; undefined while it is closed. */
export const shownChange = signal<ShownChange | undefined>(undefined)

/** Shows the effects of changes on metrics. */
export function openChange(marks: readonly Marker[], names: readonly string[]): void {
  shownChange.value = { marks, waiting: [], names }
}

/** Shows the changes of a flag: those in the ledger, and those that are waiting for their step. */
export function openMarks(marks: readonly RailMark[], names: readonly string[]): void {
  // The end of a ramp shows the change that started it.
  const lines = marks.flatMap(({ line, ramp }) => line ?? ramp?.line ?? [])
  const waiting = marks.flatMap(({ waiting }) => waiting ?? [])
  if (lines.length + waiting.length > 0) shownChange.value = { marks: lines, waiting, names }
}
