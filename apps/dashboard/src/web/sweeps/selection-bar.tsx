import type { JSX } from 'preact'
import { RequestButtons } from './request-buttons.tsx'
import type { SweepStore } from './sweep-store.ts'

/** Shows buttons for requests about the selected trials. Empty if none is selected. */
export function TrialSelectionBar({ store }: { readonly store: SweepStore }): JSX.Element | null {
  const trials = [...store.chosen.value]
  if (trials.length === 0) return null
  return (
    <div class="selection-bar card" role="toolbar" aria-label="Selected trials">
      <b>{trials.length === 1 ? '1 trial' : `${trials.length} trials`}</b>
      <RequestButtons store={store} trials={trials} />
      <span class="spacer" />
      <button type="button" class="button quiet small" onClick={() => (store.chosen.value = new Set())}>
        Clear selection
      </button>
    </div>
  )
}
