import type { HeldCommand } from '@hotcb/protocol'
import type { JSX } from 'preact'
import type { QueuedRow } from '../../shared/queued-row.ts'
import { askerOf, placeText, queuedText } from '../../shared/queued-text.ts'
import { timeOfDay } from '../parts/time.ts'
import { useRun } from '../run/run-context.ts'
import { useQueued } from '../run/use-queued.ts'
import { type Answer, stateOf } from './answer.ts'
import { AnswerBadge } from './answer-badge.tsx'
import { CancelButton } from './cancel-button.tsx'
import { useHeld } from './use-held.ts'

/** Maximum number of rows in the log. */
const SHOWN = 100

/** Shows the commands of all users with their results, newest first, and the commands that are waiting for their step. */
export function Activity(): JSX.Element {
  const { answers, detail } = useRun()
  const held = useHeld()
  const all = answers.answers.value
  const own = new Set(all.map(({ cid }) => cid))
  const others = (detail.value?.state?.held ?? []).filter(({ cid }) => !own.has(cid))
  const cids = others.map(({ cid }) => cid).join()
  const waiting = new Map(useQueued(others.length > 0, cids).map((row) => [row.cid, row]))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
    <section class="activity" id="activity" aria-label="Activity" tabIndex={0}>
      {all.length === 0 && others.length === 0 && <p class="muted">Nothing has been changed yet.</p>}
      <ol>
        {others.map(({ cid, at }) => (
          <HeldRow key={cid} row={waiting.get(cid) ?? unread(cid, at)} />
        ))}
        {all.slice(0, SHOWN).map((answer) => (
          <AnswerRow key={answer.id} answer={answer} isHeld={held.has(answer.cid ?? '')} />
        ))}
      </ol>
    </section>
  )
}

/** Describes a command that the kernel is holding for its step, until the command's text has been read. */
function unread(cid: string, { step, event = null }: HeldCommand['at']): QueuedRow {
  return { cid, held: true, command: null, at: { step, event } }
}

function AnswerRow({ answer, isHeld }: { readonly answer: Answer; readonly isHeld: boolean }): JSX.Element {
  const state = stateOf(answer, isHeld)
  const { atMs, who, text, line, cid } = answer
  return (
    <li data-answer={state.word}>
      <time class="muted">{timeOfDay(atMs)}</time>
      <span class="cut who">{who || 'no name'}</span>
      <span class="cut" title={text}>
        {text}
      </span>
      <AnswerBadge state={state} />
      <span class="muted small-text detail">{state.detail}</span>
      {line === undefined && isHeld && cid !== null && <CancelButton cid={cid} text={text} />}
    </li>
  )
}

function HeldRow({ row }: { readonly row: QueuedRow }): JSX.Element {
  const { describe } = useRun()
  const text = queuedText(row, describe)
  return (
    <li data-answer="scheduled">
      <span class="muted">–</span>
      <span class="cut who">{askerOf(row) || 'unknown'}</span>
      <span class="cut" title={text}>
        {text}
      </span>
      <span class="badge accent">scheduled</span>
      <span class="muted small-text detail">{placeText(row)}</span>
      <CancelButton cid={row.cid} text={text} />
    </li>
  )
}
