import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Dialog } from '../../parts/dialog.tsx'
import { deadReason, operateReason } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'
import { stepOf } from '../../staged/apply-staged.ts'
import { entriesOf } from './editor.ts'
import { planQueue } from './queue-plan.ts'
import type { OpenRecipe } from './recipe-store.ts'

/** Sends the entries as commands, each for its step. The run stays under live control. */
export function QueueDialog({
  open,
  onClose,
}: {
  readonly open: OpenRecipe
  readonly onClose: () => void
}): JSX.Element {
  const run = useRun()
  const now = run.detail.value
  const [offset, setOffset] = useState('0')
  const [sendsLate, setSendsLate] = useState(false)
  const reached = stepOf(now)
  const stepOffset = offset.trim() === '' ? Number.NaN : Number(offset)
  const plan = Number.isSafeInteger(stepOffset)
    ? planQueue(entriesOf(open.editor), now, { stepOffset, sendsLate, reached })
    : ({ ok: false, reason: `the offset must be a whole number of steps, got "${offset}"` } as const)
  const barred =
    now?.answers === false ? "This run's kernel does not support commands for a later step." : operateReason(run)
  const all = planQueue(entriesOf(open.editor), now, { stepOffset, sendsLate: true, reached })
  // Late entries are counted even if they are the only ones, in which case there is nothing else to send.
  const late = all.ok ? all.value.late.length : 0
  const send = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (plan.ok && (await run.answers.send(plan.value.drafts))) onClose()
  }
  return (
    <Dialog title="Schedule the entries" onClose={onClose}>
      <form class="entry-form" onSubmit={(event) => void send(event)}>
        <p>
          Each entry becomes a command that waits for its step, as with <code>hotcb recipe queue</code>. The run stays
          open to other changes, and each command can be cancelled.
        </p>
        <label>
          Steps to add to each
          <input
            class="input number"
            inputMode="numeric"
            value={offset}
            onInput={(event) => setOffset(event.currentTarget.value)}
          />
        </label>
        {late > 0 && (
          <fieldset class="choices">
            <legend>
              {late === 1 ? '1 entry is' : `${late} entries are`} for steps before {reached ?? 0}, where the trainer is
            </legend>
            <label class="check">
              <input type="radio" name="late" checked={!sendsLate} onChange={() => setSendsLate(false)} /> Leave them
              out
            </label>
            <label class="check">
              <input type="radio" name="late" checked={sendsLate} onChange={() => setSendsLate(true)} /> Send them too:
              they apply immediately
            </label>
          </fieldset>
        )}
        {!plan.ok && (
          <p class="issue" role="alert">
            {plan.reason}
          </p>
        )}
        {plan.ok &&
          plan.value.notes.map((note) => (
            <p key={note} class="notice warn">
              {note}
            </p>
          ))}
        {deadReason(now) !== undefined && (
          <p class="notice warn">{deadReason(now)} The commands apply when a trainer starts.</p>
        )}
        {barred !== undefined && <p class="muted">{barred}</p>}
        <div class="actions">
          <button type="submit" class="button primary" disabled={!plan.ok || barred !== undefined}>
            {plan.ok ? buttonText(plan.value.drafts.map(({ at }) => at?.step ?? 0)) : 'Schedule'}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

function buttonText(steps: readonly number[]): string {
  const [first, last] = [steps[0] ?? 0, steps.at(-1) ?? 0]
  const what = steps.length === 1 ? '1 command' : `${steps.length} commands`
  const where = first === last ? `step ${first}` : `steps ${first} to ${last}`
  return `Schedule ${what} for ${where}`
}
