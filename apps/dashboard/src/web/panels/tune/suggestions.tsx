import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { TunerDocument, TunerMutation } from '../../../shared/tuner.ts'
import { runPath, send } from '../../api.ts'
import { NoteField } from '../../parts/note-field.tsx'
import { isViewer, operateReason } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'
import { moveText } from './move-text.ts'
import { ObjectiveView } from './objective-view.tsx'

/** What the tuner suggests and nobody has accepted. */
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
        It is made only if its control still has the value that the tuner saw. The tuner judges it, and takes it back if
        it does not help. To decline it, do nothing.
      </p>
      {!isViewer() && <Accept mutation={mutation} />}
    </article>
  )
}

function Accept({ mutation }: { readonly mutation: TunerMutation }): JSX.Element {
  const run = useRun()
  const [note, setNote] = useState('')
  const [isSending, setSending] = useState(false)
  const barred = operateReason(run)
  const accept = async (): Promise<void> => {
    setSending(true)
    await run.answers.act(`accept ${mutation.id}: ${moveText(mutation)}`, async (author) => {
      const body = { author, ...(note.trim() !== '' && { note: note.trim() }) }
      await send(runPath(run.id, `tune/${encodeURIComponent(mutation.id)}/accept`), body)
      return 'sent'
    })
    setSending(false)
  }
  return (
    <form class="toolbar answer" onSubmit={(event) => event.preventDefault()}>
      <NoteField about={mutation.id} note={note} onInput={setNote} />
      <button
        type="button"
        class="button primary"
        disabled={barred !== undefined || isSending}
        title={barred}
        onClick={() => void accept()}
      >
        Accept
      </button>
    </form>
  )
}
