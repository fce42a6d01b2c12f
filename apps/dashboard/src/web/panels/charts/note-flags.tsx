import type { ReadonlySignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import type { Annotation } from '../../../shared/annotations.ts'
import { visibleText } from '../../../shared/visible-text.ts'
import { useRoving } from '../../parts/use-roving.ts'
import type { NotePlace } from './notes.ts'

/** The annotations on a chart. A click shows the whole text and its author. */
export function NoteFlags(props: {
  readonly places: ReadonlySignal<readonly NotePlace[]>
  readonly onOpen: (note: Annotation) => void
}): JSX.Element | null {
  const { places, onOpen } = props
  const group = useRef<HTMLDivElement>(null)
  const isEmpty = places.value.length === 0
  useRoving(group, '.note')
  return (
    <div ref={group} class="notes" {...(!isEmpty && { role: 'group', 'aria-label': 'Annotations' })}>
      {places.value.map(({ note, left, top, isLeft }) => (
        <button
          key={note.id}
          type="button"
          class={`note ${isLeft ? 'left' : ''}`}
          style={{ left: `${left}px`, top: `${top}px` }}
          aria-label={`Annotation at step ${note.step}: ${visibleText(note.text)}`}
          onClick={() => onOpen(note)}
        >
          <span class="note-point" aria-hidden="true" />
          <span class="cut" aria-hidden="true">
            {visibleText(note.text)}
          </span>
        </button>
      ))}
    </div>
  )
}
