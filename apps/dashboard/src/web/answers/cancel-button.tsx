import type { JSX } from 'preact'
import { operateReason } from '../run/rights.ts'
import { useRun } from '../run/run-context.ts'

/** Cancels a command that waits for its step. */
export function CancelButton(props: {
  readonly cid: string
  /** What the command asks for. */
  readonly text: string
  /** No trainer has read it yet. Default: the kernel holds it. */
  readonly isQueued?: boolean
  readonly onSent?: () => void
}): JSX.Element {
  const { cid, text, isQueued = false, onSent } = props
  const run = useRun()
  const reason = operateReason(run)
  const params = isQueued ? { cid, queued: true } : { cid }
  return (
    <button
      type="button"
      class="button quiet small"
      aria-label={`Cancel ${text}`}
      disabled={reason !== undefined}
      title={reason}
      onClick={() => {
        onSent?.()
        void run.answers.send([{ module: 'core', op: 'cancel', params }])
      }}
    >
      Cancel
    </button>
  )
}
