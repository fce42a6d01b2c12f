import type { JSX } from 'preact'
import type { RunStatus } from '../../shared/wire.ts'

const LOOKS: Readonly<Record<RunStatus, readonly [look: string, title: string]>> = {
  running: ['good live', 'a trainer is at work'],
  paused: ['warn', 'held at a safe point; resume lets it go on'],
  silent: ['bad', 'not closed, and no sign of life'],
  finished: ['', 'closed by its trainer'],
  idle: ['', 'no kernel has written here, and nothing is being written'],
}

/** Where a run stands, in a word. */
export function StatusBadge({ status }: { readonly status: RunStatus }): JSX.Element {
  const [look, title] = LOOKS[status]
  return (
    <span class={`badge ${look}`} title={title}>
      {status}
    </span>
  )
}
