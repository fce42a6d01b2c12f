import { messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { Annotation } from '../../../shared/annotations.ts'
import { formatNumber } from '../../../shared/describe.ts'
import { visibleText } from '../../../shared/visible-text.ts'
import { dateTime } from '../../parts/time.ts'
import { isViewer } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'
import { removeAnnotation } from './annotations.ts'

/** Shows one annotation: its text, place, author and time. */
export function NoteView({ note, onDone }: { readonly note: Annotation; readonly onDone: () => void }): JSX.Element {
  const { id } = useRun()
  const [problem, setProblem] = useState('')
  const remove = async (): Promise<void> => {
    try {
      await removeAnnotation(id, note.id)
      onDone()
    } catch (error) {
      setProblem(messageOf(error))
    }
  }
  const place = note.value === null ? `step ${note.step}` : `step ${note.step}, value ${formatNumber(note.value)}`
  return (
    <>
      <p>{visibleText(note.text)}</p>
      <p class="muted small-text">
        {visibleText(note.author ?? 'no name')} at {dateTime(note.ts)}; {place}
        {note.metric === null ? ', on every chart' : `, on charts of ${visibleText(note.metric)}`}
      </p>
      {problem !== '' && (
        <p class="issue" role="alert">
          {problem}
        </p>
      )}
      {!isViewer() && (
        <div class="actions">
          <button type="button" class="button danger" onClick={() => void remove()}>
            Remove annotation
          </button>
        </div>
      )}
    </>
  )
}
