import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { TunerDocument, TunerMutation } from '../../../shared/tuner.ts'
import { runPath, send } from '../../api.ts'
import { NoteField } from '../../parts/note-field.tsx'
import { isViewer, operateReason } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'
import { moveText } from './move-text.ts'
import { ObjectiveView } from './objective-view.tsx'

/** Shows the tuner's suggestion until a person answers it. */
export function Suggestions({ tuner }: { readonly tuner: TunerDocument }): JSX.Element | null {
  const waiting = tuner.mutations.filter(({ state }) => state === 'suggested')
  if (waiting.length === 0) return null
  return (
    <section aria-label="Suggestions" class="proposals">
      <h2>Waiting for a person</h2>
      {waiting.map((mutation) => (
        <Suggestion key={mutation.id} mutation={mutation} />
      ))}
    </section>
  )
}

function Suggestion({ mutation }: { readonly mutation: TunerMutation }): JSX.Element {
  const { id, step, lines } = mutation
  return (
    <article class="card panel proposal" data-suggestion={id} aria-label={`Suggestion ${id}`}>
      <header>
        <h3>{moveText(mutation)}</h3>
        <span class="muted">
          {id} at step {step}
        </span>
      </header>
      {lines.slice(1).map((line) => (
        <p key={line}>{line}</p>
      ))}
      <ObjectiveView mutation={mutation} />
      <p class="muted small-text">
        It is made only if its control still has the value that the tuner saw. The tuner judges it, and reverts it if it
        does not help. A rejected change is not suggested again in the same phase.
      </p>
      {!isViewer() && <Answer mutation={mutation} />}
    </article>
  )
}

function Answer({ mutation }: { readonly mutation: TunerMutation }): JSX.Element {
  const run = useRun()
  const [note, setNote] = useState('')
  const [isSending, setSending] = useState(false)
  const barred = operateReason(run)
  const answer = async (verdict: 'accept' | 'reject'): Promise<void> => {
    setSending(true)
    await run.answers.act(`${verdict} ${mutation.id}: ${moveText(mutation)}`, async (author) => {
      const body = { author, ...(note.trim() !== '' && { note: note.trim() }) }
      await send(runPath(run.id, `tune/${encodeURIComponent(mutation.id)}/${verdict}`), body)
      return 'sent'
    })
    setSending(false)
  }
  const isOff = barred !== undefined || isSending
  return (
    <form class="toolbar answer" onSubmit={(event) => event.preventDefault()}>
      <NoteField about={mutation.id} note={note} onInput={setNote} />
      <button
        type="button"
        class="button primary"
        disabled={isOff}
        title={barred}
        onClick={() => void answer('accept')}
      >
        Accept
      </button>
      <button type="button" class="button" disabled={isOff} title={barred} onClick={() => void answer('reject')}>
        Reject
      </button>
    </form>
  )
}
