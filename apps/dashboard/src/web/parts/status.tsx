import type { JSX } from 'preact'
import type { RunRow, RunStatus } from '../../shared/wire.ts'

const LOOKS: Readonly<Record<RunStatus, readonly [look: string, title: string]>> = {
  running: ['good live', 'a trainer is running'],
  paused: ['warn', 'held at a safe point; resume continues it'],
  silent: ['bad', 'not closed, and no sign of life'],
  unknown: ['warn', 'not yet known whether its trainer is alive'],
  finished: ['', 'closed by its trainer'],
  idle: ['', 'no kernel has opened this run, and nothing is being written'],
}

/** Shows a run's state in one word. */
export function StatusBadge({ status, reason }: Pick<RunRow, 'status' | 'reason'>): JSX.Element {
  const [look, title] = LOOKS[status]
  return (
    <span class={`badge ${look}`} title={reason === null ? title : `${title}: ${reason}`}>
      {status}
    </span>
  )
}
