import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { useRun } from '../run/run-context.ts'
import { type Answer, stateOf } from './answer.ts'
import { AnswerBadge } from './answer-badge.tsx'
import './answers.css'
import { lifeMs } from './toast-list.ts'
import { useHeld } from './use-held.ts'

/** Shows the latest answers from the kernel or the server. Each disappears after a while, unless it is a failure. */
export function Toasts(): JSX.Element {
  const { answers } = useRun()
  const held = useHeld()
  const byId = new Map(answers.answers.value.map((answer) => [answer.id, answer]))
  return (
    <section class="toasts" aria-label="Results" aria-live="polite">
      {answers.toasts.value.map((id) => {
        const answer = byId.get(id)
        return answer === undefined ? null : <Toast key={id} answer={answer} isHeld={held.has(answer.cid ?? '')} />
      })}
    </section>
  )
}

function Toast({ answer, isHeld }: { readonly answer: Answer; readonly isHeld: boolean }): JSX.Element {
  const { answers } = useRun()
  const [isWatched, setWatched] = useState(false)
  const state = stateOf(answer, isHeld)
  const dismiss = (): void => answers.dismiss(answer.id)
  useEffect(() => {
    const ms = lifeMs(state)
    if (ms === null || isWatched) return
    const timer = setTimeout(dismiss, ms)
    return () => clearTimeout(timer)
  }, [state.word, state.tone, isWatched])
  const { action, isMine, who, text } = answer
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the pointer only keeps it visible for longer.
    <div
      class={`toast ${state.tone}`}
      data-answer={state.word}
      onMouseEnter={() => setWatched(true)}
      onMouseLeave={() => setWatched(false)}
      onFocusIn={() => setWatched(true)}
      onFocusOut={() => setWatched(false)}
    >
      <p class="what">
        <b>{text}</b>
        {!isMine && who !== '' && <span class="muted"> by {who}</span>}
      </p>
      <AnswerBadge state={state} />
      <button type="button" class="button icon quiet" aria-label={`Dismiss: ${text}`} onClick={dismiss}>
        ✕
      </button>
      {state.detail !== '' && <p class="detail small-text">{state.detail}</p>}
      {action !== undefined && (
        <button
          type="button"
          class="button small"
          onClick={() => {
            dismiss()
            action.run()
          }}
        >
          {action.label}
        </button>
      )}
    </div>
  )
}
