import { signal } from '@preact/signals'
import type { Marker } from '../../../shared/wire.ts'

/** The changes that the dialog shows, and the metrics that it compares; undefined while it is closed. */
export const shownChange = signal<{ readonly marks: readonly Marker[]; readonly names: readonly string[] } | undefined>(
  undefined,
)

/** Shows what changes did to some metrics. */
export function openChange(marks: readonly Marker[], names: readonly string[]): void {
  shownChange.value = { marks, names }
}
