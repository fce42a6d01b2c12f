import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { timeOfDay } from '../parts/time.ts'
import { connection, lastHeardMs } from '../socket.ts'
import { useRun } from './run-context.ts'

/** Why the page does not show the current state; undefined if it does. */
interface Stale {
  readonly text: string
  /** In epoch milliseconds. */
  readonly seenMs: number
  readonly action?: { readonly label: string; readonly run: () => void }
}

/** Shows a banner that warns that the page shows old data. While it is shown, the data is grey. */
export function StaleBanner({ onReopen }: { readonly onReopen: () => void }): JSX.Element | null {
  const { problem, replaced, seenMs } = useRun()
  const stale = staleness()
  useEffect(() => {
    document.documentElement.toggleAttribute('data-stale', stale !== undefined)
    return () => document.documentElement.removeAttribute('data-stale')
  }, [stale === undefined])
  if (stale === undefined) return null
  return (
    <div class="stale notice bad" role="alert">
      <span>
        <b>{stale.text}.</b> Last seen at {timeOfDay(stale.seenMs)}.
      </span>
      {stale.action !== undefined && (
        <button type="button" class="button small" onClick={stale.action.run}>
          {stale.action.label}
        </button>
      )}
    </div>
  )

  function staleness(): Stale | undefined {
    if (connection.value === 'lost') return { text: 'The connection to the server is lost', seenMs: lastHeardMs.value }
    if (problem.value !== null) return { text: capital(problem.value), seenMs: seenMs.value }
    const other = replaced.value
    if (other === undefined) return undefined
    return { text: other.text, seenMs: seenMs.value, action: { label: other.goOn, run: onReopen } }
  }
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
