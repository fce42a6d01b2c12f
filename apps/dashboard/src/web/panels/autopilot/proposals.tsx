import { type ActionRecord, deadlineText, frozenText, repeatsText } from '@hotcb/autopilot'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { AutopilotDocument } from '../../../shared/autopilot.ts'
import { runPath, send } from '../../api.ts'
import { NoteField } from '../../parts/note-field.tsx'
import { now as clock } from '../../parts/time.ts'
import { isViewer, operateReason } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'
import { changeText } from './change-text.ts'
import { EvidenceView } from './evidence-view.tsx'

/** Shows the proposals that are waiting for a person, newest first. */
export function Proposals({ now }: { readonly now: AutopilotDocument }): JSX.Element {
  const { proposals, frozen } = now
  return (
    <section aria-label="Proposals" class="proposals">
      <h2>{proposals.length === 0 ? 'No proposals are waiting' : 'Waiting for a person'}</h2>
      {proposals.toReversed().map((action) => (
        <Proposal key={action.id} action={action} frozen={frozen} />
      ))}
    </section>
  )
}

function Proposal({ action, frozen }: { readonly action: ActionRecord; readonly frozen: string | null }): JSX.Element {
  const { id, step, rule, because, confidence, plan } = action
  const again = repeatsText(action)
  return (
    <article class="card panel proposal" data-proposal={id} aria-label={`Proposal ${id}`}>
      <header>
        <h3>{changeText(action)}</h3>
        <span class="muted">
          {id}
          {step === null ? '' : ` at step ${step}`}
        </span>
        <span class="spacer" />
        <span class="badge bare warn">{deadlineText(action, clock.value)}</span>
      </header>
      <p>
        <b>{rule}</b> {because}
        {again !== null && <span class="muted"> ({again})</span>}
        <span class="muted"> · confidence {confidence}</span>
      </p>
      <EvidenceView action={action} />
      {plan.length > 0 && (
        <ol class="plan">
          {plan.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ol>
      )}
      <details>
        <summary>The exact command</summary>
        <pre class="mono command-text">{JSON.stringify(action.command, null, 2)}</pre>
      </details>
      {frozen !== null && <p class="notice warn">Approving has no effect now: {frozenText(id, frozen)}.</p>}
      {!isViewer() && <Answer action={action} isFrozen={frozen !== null} />}
    </article>
  )
}

function Answer({ action, isFrozen }: { readonly action: ActionRecord; readonly isFrozen: boolean }): JSX.Element {
  const run = useRun()
  const [note, setNote] = useState('')
  const [isSending, setSending] = useState(false)
  const barred = operateReason(run)
  const answer = async (verdict: 'approve' | 'reject', anyway: boolean): Promise<void> => {
    setSending(true)
    await run.answers.act(`${verdict} ${action.id}: ${changeText(action)}`, async (author) => {
      const body = { verdict, author, anyway, ...(note.trim() !== '' && { note: note.trim() }) }
      await send(runPath(run.id, `proposals/${encodeURIComponent(action.id)}`), body)
      return verdict === 'approve' ? 'approval sent' : 'rejection sent'
    })
    setSending(false)
  }
  const isOff = barred !== undefined || isSending
  return (
    <form class="toolbar answer" onSubmit={(event) => event.preventDefault()}>
      <NoteField about={action.id} note={note} onInput={setNote} />
      <button
        type="button"
        class="button primary"
        disabled={isOff}
        title={barred}
        onClick={() => void answer('approve', isFrozen)}
      >
        {isFrozen ? 'Approve anyway' : 'Approve'}
      </button>
      <button type="button" class="button" disabled={isOff} title={barred} onClick={() => void answer('reject', false)}>
        Reject
      </button>
    </form>
  )
}
