import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { isRoutine } from '../../shared/markers.ts'
import { Activity } from '../answers/activity.tsx'
import { stateOf } from '../answers/answer.ts'
import { AnswerBadge } from '../answers/answer-badge.tsx'
import { Toasts } from '../answers/toasts.tsx'
import { useHeld } from '../answers/use-held.ts'
import { StagedBar } from '../staged/staged-bar.tsx'
import { useRun } from './run-context.ts'
import './dock.css'

/** Whether the log of results is unfolded. The state is shared by all runs. */
export const isActivityOpen = signal(false)

/** Toasts, the log of results, and staged changes, pinned to the bottom of the window. */
export function Dock(): JSX.Element {
  const dock = useRef<HTMLElement>(null)
  useEffect(() => {
    const element = dock.current
    if (element === null) return
    // Other pinned elements leave room for it.
    const measure = new ResizeObserver(() => {
      document.documentElement.style.setProperty('--dock', `${element.offsetHeight}px`)
    })
    measure.observe(element)
    return () => measure.disconnect()
  }, [])
  return (
    <footer ref={dock} class="dock">
      <Toasts />
      {isActivityOpen.value && <Activity />}
      <StagedBar />
      <LastAnswer />
    </footer>
  )
}

function LastAnswer(): JSX.Element {
  const { answers, words } = useRun()
  const held = useHeld()
  const { table } = words.value
  const last = answers.answers.value.find(
    ({ phase, line }) => phase !== 'told' && (line === undefined || !isRoutine(line, table)),
  )
  const state = last === undefined ? undefined : stateOf(last, held.has(last.cid ?? ''))
  return (
    <div class="last-answer">
      <button
        id="activity-button"
        type="button"
        class="button quiet small"
        aria-expanded={isActivityOpen.value}
        aria-controls="activity"
        onClick={() => (isActivityOpen.value = !isActivityOpen.value)}
      >
        <span aria-hidden="true">{isActivityOpen.value ? '▾' : '▴'}</span> Activity
      </button>
      {last !== undefined && state !== undefined && !isActivityOpen.value && (
        <>
          <span class="cut">
            {last.text}
            {last.who !== '' && <span class="muted"> by {last.who}</span>}
          </span>
          <AnswerBadge state={state} />
          <span class="muted small-text cut only-wide">{state.detail}</span>
        </>
      )}
      <span class="spacer" />
      {held.size > 0 && <span class="badge accent">{held.size} scheduled</span>}
    </div>
  )
}
