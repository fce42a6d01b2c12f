import type { JSX } from 'preact'
import type { TrialState } from '../../shared/sweeps/sweep-wire.ts'

/** Shows a trial's state, with its name and colour. */
export function StateBadge({ state, count }: { readonly state: TrialState; readonly count?: number }): JSX.Element {
  return (
    <span class={`badge ${TONES[state]}`}>
      {state}
      {count !== undefined && ` ${count}`}
    </span>
  )
}

const TONES: Readonly<Record<TrialState, string>> = {
  ready: '',
  waiting: '',
  submitting: '',
  submitted: '',
  queued: '',
  running: 'accent live',
  stopping: 'warn live',
  pruning: 'warn live',
  pausing: 'warn live',
  paused: 'warn',
  cancelled: '',
  pruned: '',
  completed: 'good',
  failed: 'bad',
}
