import type { LaunchedRun } from '@hotcb/launch'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { LaunchedAnswer, StartedAnswer } from '../../../shared/launcher.ts'
import { runPath, send } from '../../api.ts'
import { askAuthor } from '../../author/author.ts'
import { readValues, StartFields, type TypedValues } from '../../launcher/start-fields.tsx'
import { useOnce } from '../../parts/use-once.ts'
import { goTo, runHref } from '../../route.ts'
import { ownReason } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'

/** Starts a new run from a checkpoint. This run stays as it is. */
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
        <p class="muted">This run has no checkpoint yet. Save one with the button Checkpoint, or stop the training.</p>
      ) : !launched.can_start ? (
        <p class="muted">This program does not have the training of this run.</p>
      ) : (
        <BranchForm launched={launched} checkpoints={usable} />
      )}
    </section>
  )
}

function BranchForm(props: {
  readonly launched: LaunchedRun
  readonly checkpoints: LaunchedAnswer['checkpoints']
}): JSX.Element {
  const { launched, checkpoints } = props
  const run = useRun()
  const [chosen, setChosen] = useState<string | null>(null)
  const [typed, setTyped] = useState<TypedValues>({})
  const known = checkpoints.some(({ tag }) => tag === chosen)
  const tag = known ? chosen : (checkpoints.at(-1)?.tag ?? null)
  const values = readValues(typed)
  const barred = ownReason(run) ?? values.problem
  const start = useOnce(async () => {
    const author = await askAuthor()
    if (author === undefined) return
    await run.answers.act(`new run from ${tag}`, async () => {
      const request = { ...values.request, tag, author: author.sent ?? undefined }
      const started = await send<StartedAnswer>(runPath(run.id, 'launcher/branch'), request)
      goTo(runHref(started.run))
      return `started as ${started.run}`
    })
  })
  return (
    <form
      class="start"
      onSubmit={(event) => {
        event.preventDefault()
        start.begin()
      }}
    >
      <p class="muted">It has the same training run and the same seed. This run stays as it is.</p>
      <label for="branch-tag">Checkpoint</label>
      <select
        id="branch-tag"
        class="select"
        value={tag ?? ''}
        onChange={(event) => setChosen(event.currentTarget.value)}
      >
        {[...checkpoints].reverse().map(({ tag, step }) => (
          <option key={tag} value={tag}>
            {tag === `step-${step}` ? tag : `${tag} (step ${step})`}
          </option>
        ))}
      </select>
      <StartFields
        typed={typed}
        onChange={setTyped}
        usual={{ max_steps: launched.max_steps, step_delay: launched.step_delay }}
        isNew={false}
      />
      <div class="actions">
        <button type="submit" class="button primary" disabled={barred !== undefined || start.isBusy} title={barred}>
          Start new run
        </button>
      </div>
    </form>
  )
}
