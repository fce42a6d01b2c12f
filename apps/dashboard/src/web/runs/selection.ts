import { signal } from '@preact/signals'

/** The selected runs in the table, in the order in which they were selected. */
export const selection = signal<ReadonlySet<string>>(new Set())

/** Selects a run, or deselects it. */
export function toggleSelected(id: string): void {
  const next = new Set(selection.value)
  if (!next.delete(id)) next.add(id)
  selection.value = next
}

/** Selects exactly these runs. */
export function setSelection(ids: Iterable<string>): void {
  selection.value = new Set(ids)
}
