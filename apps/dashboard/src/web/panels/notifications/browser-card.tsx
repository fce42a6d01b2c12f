import type { JSX } from 'preact'
import { type NoticeState, noticeState, setNotices } from '../../notices/browser-notices.ts'

/** Notifications of this browser, which a person turns on. */
export function BrowserCard(): JSX.Element {
  const state = noticeState.value
  const canTurn = state === 'on' || state === 'off'
  return (
    <section class="card panel" aria-label="This browser">
      <header>
        <h2>This browser</h2>
        <span class={`badge ${state === 'on' ? 'good' : ''}`}>{state === 'on' ? 'on' : 'off'}</span>
        <span class="spacer" />
        {canTurn && (
          <button type="button" class="button small" onClick={() => void setNotices(state === 'off')}>
            {state === 'off' ? 'Notify me here' : 'Turn off'}
          </button>
        )}
      </header>
      <p class="muted">{MEANINGS[state]}</p>
    </section>
  )
}

const MEANINGS: Readonly<Record<NoticeState, string>> = {
  on: 'While this page is open, the browser tells you of new alerts, when a proposal waits, when the autopilot reports something, and when the run is paused, finishes or falls silent.',
  off: 'The browser can tell you of new alerts, when a proposal waits, when the autopilot reports something, and when the run is paused, finishes or falls silent. It works while this page is open, and asks for your permission first.',
  blocked: 'This browser blocks notifications of this page. Its settings for this site allow them again.',
  absent:
    'This browser offers no notifications here. Most offer them only over https or on localhost, and phones not at all.',
}
