import type { JSX } from 'preact'
import { checkpointBefore, checkRevert } from '../../../shared/revert-check.ts'
import { operateReason } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'
import { useStream } from '../panel.ts'

/** Reverts a change. If that is impossible, it shows the reason beforehand, and the alternatives. */
export function RevertPart(props: {
  readonly seq: number
  readonly step: number
  /** Called when a command has been sent. */
  readonly onSent: () => void
}): JSX.Element {
  const { seq, step, onSent } = props
  const run = useRun()
  const { answers, words, detail } = run
  const { markers } = useStream('ledger')
  const now = detail.value
  const check = checkRevert(seq, {
    markers: markers.value,
    table: words.value.table,
    controls: now?.controls ?? [],
  })
  const isLocked = operateReason(run) !== undefined
  const revert = async (force: boolean): Promise<void> => {
    const params = force ? { seq, force } : { seq }
    if (await answers.send([{ module: 'core', op: 'revert', params }])) onSent()
  }
  if (check.can) {
    return (
      <div class="actions">
        <button type="button" class="button" disabled={isLocked} onClick={() => void revert(false)}>
          Revert this change
        </button>
      </div>
    )
  }
  return (
    <>
      <p class="muted">This change cannot simply be reverted: {check.reason}.</p>
      <div class="actions">
        {check.later.length > 0 && (
          <button type="button" class="button" disabled={isLocked} onClick={() => void revert(true)}>
            Revert it anyway
          </button>
        )}
        <BackButton step={step} isLocked={isLocked} onSent={onSent} />
      </div>
    </>
  )
}

function BackButton(props: {
  readonly step: number
  readonly isLocked: boolean
  readonly onSent: () => void
}): JSX.Element | null {
  const { answers, detail } = useRun()
  const checkpoint = checkpointBefore(props.step, detail.value?.checkpoints ?? [])
  if (checkpoint === undefined) return null
  const { tag, step } = checkpoint
  const load = async (): Promise<void> => {
    const question = `Load checkpoint ${tag}? Training continues from step ${step} and repeats the steps since then.`
    if (!confirm(question)) return
    const params = { action: 'load', tag }
    if (await answers.send([{ module: 'core', op: 'checkpoint', params }])) props.onSent()
  }
  return (
    <button
      type="button"
      class="button"
      disabled={props.isLocked}
      title={`Checkpoint ${tag}`}
      onClick={() => void load()}
    >
      Back to step {step}
    </button>
  )
}
