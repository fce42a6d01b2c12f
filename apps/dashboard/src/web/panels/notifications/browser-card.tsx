import type { JSX } from 'preact'
import { type NoticeState, noticeState, setNotices } from '../../notices/browser-notices.ts'

/** Shows a switch for this browser's notifications. */
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
  on: 'While this page is open, the browser notifies you of new alerts and proposals, when the autopilot reports something, and when the run is paused, finishes or shows no sign of life.',
  off: 'The browser can notify you of new alerts and proposals, when the autopilot reports something, and when the run is paused, finishes or shows no sign of life. This works while the page is open, and the browser asks for your permission first.',
  blocked: 'This browser blocks notifications from this page. You can allow them again in its settings for this site.',
  absent:
    'This browser does not support notifications here. Most browsers support them only over https or on localhost, and not on phones.',
}
