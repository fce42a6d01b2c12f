import { signal } from '@preact/signals'

/** The runs that are chosen in the table, in the order of choosing. */
export const selection = signal<ReadonlySet<string>>(new Set())

/** Chooses a run, or takes it out of the choice. */
export function toggleSelected(id: string): void {
  const next = new Set(selection.value)
  if (!next.delete(id)) next.add(id)
  selection.value = next
}

/** Chooses these runs and no others. */
export function setSelection(ids: Iterable<string>): void {
  selection.value = new Set(ids)
}
