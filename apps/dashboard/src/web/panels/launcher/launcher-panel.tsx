import type { JSX } from 'preact'
import { StartForm } from '../../launcher/start-form.tsx'
import { isOwner } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'
import { BranchCard } from './branch-card.tsx'
import { ProcessCard } from './process-card.tsx'
import { useLaunched } from './use-launched.ts'

/** Shows the process of this run, a new run from one of its checkpoints, and other training runs. */
export function LauncherPanel(): JSX.Element {
  const { id } = useRun()
  const { answer, problem, take } = useLaunched(id)
  return (
    <>
      {problem !== '' && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {answer === undefined && problem === '' && <div class="card empty" aria-busy="true" />}
      {answer !== undefined && <ProcessCard launched={answer.launched} onAnswer={take} />}
      {answer?.launched != null && isOwner() && (
        <BranchCard launched={answer.launched} checkpoints={answer.checkpoints} />
      )}
      {isOwner() && (
        <section class="card panel" aria-label="Start another training run">
          <header>
            <h2>Start another training run</h2>
          </header>
          <StartForm />
        </section>
      )}
    </>
  )
}
