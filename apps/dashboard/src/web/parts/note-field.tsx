import type { JSX } from 'preact'

/** Properties of {@link NoteField}. */
export interface NoteFieldProps {
  /** The id of the object that the note is about. */
  readonly about: string
  readonly note: string
  onInput(note: string): void
}

/** Shows a field for a note, which the ledger records together with an answer. */
export function NoteField({ about, note, onInput }: NoteFieldProps): JSX.Element {
  return (
    <input
      class="input search"
      placeholder="Note for the ledger (optional)"
      aria-label={`Note on ${about}`}
      maxLength={1000}
      value={note}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  )
}
