import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { CommandDraft } from '../../shared/draft.ts'
import type { RunDetail } from '../../shared/wire.ts'
import { FreezeDialog } from './freeze-dialog.tsx'
import { deadReason, operateReason, ownReason } from './rights.ts'
import { useRun } from './run-context.ts'

/**
 * Shows buttons that pause, save, freeze and stop a run. `isShort`: only pause and stop. A button without effect is disabled, and
 * its tooltip is the reason.
 */
export function LoopButtons(props: { readonly detail: RunDetail; readonly isShort?: boolean }): JSX.Element {
  const { detail, isShort = false } = props
  const run = useRun()
  const { answers } = run
  const [isFreezing, setFreezing] = useState(false)
  const isPaused = detail.row.status === 'paused'
  const reason = operateReason(run) ?? deadReason(detail)
  const send = (draft: CommandDraft): void => void answers.send([draft])
  const stop = (): void => {
    if (confirm('Stop this training run? Its loop stops at the next safe point.')) send({ module: 'core', op: 'stop' })
  }
  return (
    <div class="actions">
      <LoopButton
        label={isPaused ? 'Resume' : 'Pause'}
        reason={reason}
        onClick={() => send({ module: 'core', op: isPaused ? 'resume' : 'pause' })}
      />
      {!isShort && (
        <>
          <LoopButton
            label="Checkpoint"
            reason={reason}
            onClick={() => send({ module: 'core', op: 'checkpoint', params: { action: 'save' } })}
          />
          <LoopButton label="Freeze…" reason={ownReason(run)} onClick={() => setFreezing(true)} />
        </>
      )}
      <LoopButton label="Stop" look="danger" reason={reason} onClick={stop} />
      {isFreezing && <FreezeDialog onClose={() => setFreezing(false)} />}
    </div>
  )
}

function LoopButton(props: {
  readonly label: string
  readonly look?: string
  readonly reason: string | undefined
  readonly onClick: () => void
}): JSX.Element {
  const { label, look = '', reason, onClick } = props
  return (
    <button
      type="button"
      class={`button small ${look}`}
      disabled={reason !== undefined}
      title={reason}
      onClick={onClick}
    >
      {label}
    </button>
  )
}
