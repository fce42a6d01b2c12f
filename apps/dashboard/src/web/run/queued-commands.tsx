import type { JSX } from 'preact'
import { placeText, queuedText } from '../../shared/queued-text.ts'
import { operateReason } from './rights.ts'
import { useRun } from './run-context.ts'
import { useQueued } from './use-queued.ts'

const SHOWN = 6

/** For a run without a live trainer: the commands that the next trainer would apply, with a button to cancel them. */
export function QueuedCommands(): JSX.Element | null {
  const run = useRun()
  const { answers, describe } = run
  const all = answers.answers.value
  const queued = useQueued(true, `${all.length} ${all[0]?.phase}`)
  if (queued.length === 0) return null
  const cancel = (): void => {
    const drafts = queued.map(({ cid }) => ({ module: 'core', op: 'cancel', params: { cid, queued: true } }))
    void answers.send(drafts.slice(0, MOST_AT_ONCE))
  }
  const texts = queued
    .slice(0, SHOWN)
    .map((row) => [queuedText(row, describe), placeText(row)].filter(Boolean).join(' '))
  const more = queued.length - texts.length
  return (
    <section class="notice warn" aria-label="Queued commands">
      <span>
        The next trainer will apply: <b>{texts.join(', ')}</b>
        {more > 0 && ` and ${more} more`}
      </span>
      <span class="spacer" />
      <button type="button" class="button small" disabled={operateReason(run) !== undefined} onClick={cancel}>
        Cancel the queued commands
      </button>
    </section>
  )
}

/** Maximum number of commands in one request. */
const MOST_AT_ONCE = 100
