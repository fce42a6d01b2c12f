import type { LaunchedRun } from '@hotcb/launch'
import type { JSX } from 'preact'
import type { LaunchedAnswer } from '../../../shared/launcher.ts'
import { BranchForm } from '../../launcher/branch-form.tsx'

/** Starts a new run from a checkpoint. This run does not change. */
export function BranchCard(props: {
  readonly launched: LaunchedRun
  readonly checkpoints: LaunchedAnswer['checkpoints']
}): JSX.Element {
  const { launched, checkpoints } = props
  const usable = checkpoints.filter(({ step }) => step !== null)
  return (
    <section class="card panel" aria-label="New run from a checkpoint">
      <header>
        <h2>New run from a checkpoint</h2>
      </header>
      {usable.length === 0 ? (
        <p class="muted">
          This run has no checkpoint yet. Save one with the Checkpoint button, or stop the training run.
        </p>
      ) : !launched.can_start ? (
        <p class="muted">This program does not contain this run's training code.</p>
      ) : (
        <BranchForm launched={launched} checkpoints={usable} />
      )}
    </section>
  )
}
