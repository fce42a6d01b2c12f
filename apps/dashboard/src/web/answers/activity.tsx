import type { HeldCommand } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { timeOfDay } from '../parts/time.ts'
import { operateReason } from '../run/rights.ts'
import { useRun } from '../run/run-context.ts'
import { type Answer, stateOf } from './answer.ts'
import { AnswerBadge } from './answer-badge.tsx'
import { useHeld } from './use-held.ts'

/** Rows of the log. */
const SHOWN = 100

/** Everybody's commands and what came of them, newest first, and what waits for its step. */
export function Activity(): JSX.Element {
  const { answers, detail } = useRun()
  const held = useHeld()
  const all = answers.answers.value
  const own = new Set(all.map(({ cid }) => cid))
  const others = (detail.value?.state?.held ?? []).filter(({ cid }) => !own.has(cid))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section class="activity" id="activity" aria-label="Activity" tabIndex={0}>
      {all.length === 0 && others.length === 0 && <p class="muted">Nobody has changed anything yet.</p>}
      <ol>
        {others.map((command) => (
          <HeldRow key={command.cid} command={command} />
        ))}
        {all.slice(0, SHOWN).map((answer) => (
          <AnswerRow key={answer.id} answer={answer} isHeld={held.has(answer.cid ?? '')} />
        ))}
      </ol>
    </section>
  )
}

function AnswerRow({ answer, isHeld }: { readonly answer: Answer; readonly isHeld: boolean }): JSX.Element {
  const state = stateOf(answer, isHeld)
  const { atMs, who, text, line, cid } = answer
  return (
    <li data-answer={state.word}>
      <time class="muted">{timeOfDay(atMs)}</time>
      <span class="cut who">{who || 'nobody named'}</span>
      <span class="cut" title={text}>
        {text}
      </span>
      <AnswerBadge state={state} />
      <span class="muted small-text detail">{state.detail}</span>
      {line === undefined && isHeld && cid !== null && <CancelButton cid={cid} text={text} />}
    </li>
  )
}

function HeldRow({ command: { cid, at } }: { readonly command: HeldCommand }): JSX.Element {
  const place = `for step ${at.step}${at.event == null ? '' : `, ${at.event}`}`
  return (
    <li data-answer="scheduled">
      <span class="muted">–</span>
      <span class="cut who muted">another</span>
      <span class="cut mono" title={cid}>
        {cid}
      </span>
      <span class="badge accent">scheduled</span>
      <span class="muted small-text detail">{place}</span>
      <CancelButton cid={cid} text={cid} />
    </li>
  )
}

function CancelButton({ cid, text }: { readonly cid: string; readonly text: string }): JSX.Element {
  const run = useRun()
  const reason = operateReason(run)
  return (
    <button
      type="button"
      class="button quiet small"
      aria-label={`Cancel ${text}`}
      disabled={reason !== undefined}
      title={reason}
      onClick={() => void run.answers.send([{ module: 'core', op: 'cancel', params: { cid } }])}
    >
      Cancel
    </button>
  )
}
