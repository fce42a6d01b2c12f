import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { SweepWant } from '../../shared/sweeps/sweep-wire.ts'
import { Dialog } from '../parts/dialog.tsx'
import { useOnce } from '../parts/use-once.ts'
import { isViewer } from '../run/rights.ts'
import { requestTrials, thoseThatCan, trialsText } from './request-trials.ts'
import { SetDialog } from './set-dialog.tsx'
import type { SweepStore } from './sweep-store.ts'

const BUTTONS: readonly { readonly want: SweepWant; readonly text: string; readonly title: string }[] = [
  { want: 'stop', text: 'Stop', title: 'Stop these trials; waiting ones leave the queue' },
  { want: 'prune', text: 'Prune', title: 'Ask them to stop because they are not worth continuing' },
  { want: 'pause', text: 'Pause', title: 'Ask them to save a checkpoint and stop; they can be resumed' },
  { want: 'resume', text: 'Retry or resume', title: 'Restart failed, cancelled or paused trials' },
]

/** Buttons for requests about some trials. A request for several trials must be confirmed. */
export function RequestButtons(props: {
  readonly store: SweepStore
  readonly trials: readonly number[]
}): JSX.Element | null {
  const { store, trials } = props
  const [asked, setAsked] = useState<SweepWant | null>(null)
  const [isSetting, setIsSetting] = useState(false)
  const task = useOnce(async () => {
    const want = asked
    setAsked(null)
    if (want !== null) await requestTrials(store, want, thoseThatCan(store, want, trials))
  })
  if (isViewer()) return null
  const settable = thoseThatCan(store, 'set', trials)
  const press = (want: SweepWant, able: readonly number[]): void => {
    if (able.length > 1) setAsked(want)
    else void requestTrials(store, want, able)
  }
  return (
    <>
      {BUTTONS.map(({ want, text, title }) => {
        const able = thoseThatCan(store, want, trials)
        return (
          <button
            key={want}
            type="button"
            class={`button small ${want === 'stop' ? 'danger' : ''}`}
            title={title}
            disabled={able.length === 0}
            onClick={() => press(want, able)}
          >
            {text}
            {trials.length > 1 && able.length > 0 && ` ${able.length}`}
          </button>
        )
      })}
      <button
        type="button"
        class="button small"
        title="Change a control while they train"
        disabled={settable.length === 0}
        onClick={() => setIsSetting(true)}
      >
        Set…
      </button>
      {asked !== null && (
        <Dialog title={`${BUTTONS.find(({ want }) => want === asked)?.text ?? ''}?`} onClose={() => setAsked(null)}>
          <p>
            {BUTTONS.find(({ want }) => want === asked)?.title}: {trialsText(thoseThatCan(store, asked, trials))}.
          </p>
          <div class="actions">
            <button type="button" class="button primary" disabled={task.isBusy} onClick={task.begin}>
              Yes, {trialsText(thoseThatCan(store, asked, trials))}
            </button>
            <button type="button" class="button" onClick={() => setAsked(null)}>
              No
            </button>
          </div>
        </Dialog>
      )}
      {isSetting && <SetDialog store={store} trials={settable} onClose={() => setIsSetting(false)} />}
    </>
  )
}
