import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Dialog } from '../parts/dialog.tsx'
import { useOnce } from '../parts/use-once.ts'
import { setControls, trialsText } from './request-trials.ts'
import type { SweepStore } from './sweep-store.ts'

/** Changes controls of running trials, in the words of `hotcb set`. */
export function SetDialog(props: {
  readonly store: SweepStore
  readonly trials: readonly number[]
  readonly onClose: () => void
}): JSX.Element {
  const { store, trials, onClose } = props
  const [typed, setTyped] = useState('')
  const [note, setNote] = useState('')
  const pairs = typed.split(/\s+/).filter((word) => word !== '')
  const isRight = pairs.length > 0 && pairs.every((word) => /^[^-=][^=]*=.+$/.test(word))
  const { isBusy, begin } = useOnce(async () => {
    await setControls(store, trials, pairs, note)
    onClose()
  })
  const submit = (event: Event): void => {
    event.preventDefault()
    if (isRight) begin()
  }
  return (
    <Dialog title={`Set in ${trialsText(trials)}`} onClose={onClose}>
      <form class="labels-form" onSubmit={submit}>
        <label>
          <span>
            Controls, such as <code>lr=0.01</code>, or <code>lr=x0.5</code> to halve it
          </span>
          <input
            class="input mono"
            value={typed}
            aria-invalid={typed !== '' && !isRight}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <label>
          <span>Note for the ledger</span>
          <input class="input" value={note} onInput={(event) => setNote(event.currentTarget.value)} />
        </label>
        <div class="actions">
          <button type="submit" class="button primary" disabled={!isRight || isBusy}>
            {isBusy ? 'Waiting for the answers…' : 'Set'}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
