import type { JSX } from 'preact'
import { operateReason } from '../run/rights.ts'
import { useRun } from '../run/run-context.ts'

/** Cancels a command that is waiting for its step. */
export function CancelButton(props: {
  readonly cid: string
  /** The text of the command. */
  readonly text: string
  /**
   * Whether no trainer has read the command yet. Default: false, because the kernel has read it and is holding it for its step.
   */
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
