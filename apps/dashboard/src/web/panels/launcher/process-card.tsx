import type { LaunchedRun } from '@hotcb/launch'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { LaunchedAnswer } from '../../../shared/launcher.ts'
import { runPath, send } from '../../api.ts'
import { askAuthor } from '../../author/author.ts'
import { readValues, StartFields, type TypedValues } from '../../launcher/start-fields.tsx'
import { FillingLine } from '../../parts/empty-state.tsx'
import { FILLING_COMMANDS } from '../../parts/filling-lines.ts'
import { useOnce } from '../../parts/use-once.ts'
import { isOwner, ownReason } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'

type OnAnswer = (answer: LaunchedAnswer) => void

/** A run's process, its state, and buttons to stop and continue it. */
export function ProcessCard(props: {
  readonly launched: LaunchedRun | null
  readonly onAnswer: OnAnswer
}): JSX.Element {
  const { launched, onAnswer } = props
  return (
    <section class="card panel" aria-label="This training run">
      <header>
        <h2>This training run</h2>
        <span class="spacer" />
        {launched?.is_training === true && isOwner() && <StopButton launched={launched} onAnswer={onAnswer} />}
      </header>
      {launched === null ? (
        <>
          <p class="muted">
            This run was not started by <code>hotcb launch</code> or by a page, so it cannot be continued from here. The
            launcher can start any training program:
          </p>
          <FillingLine line={FILLING_COMMANDS.launcher} />
        </>
      ) : (
        <>
          <Facts launched={launched} />
          {!launched.is_training && launched.can_start && isOwner() && (
            <ResumeForm launched={launched} onAnswer={onAnswer} />
          )}
        </>
      )}
    </section>
  )
}

function Facts({ launched }: { readonly launched: LaunchedRun }): JSX.Element {
  const { config, seed, max_steps: maxSteps, step_delay: delay, starts, parent } = launched
  return (
    <dl class="pairs">
      <dt>Trains</dt>
      <dd>{config}</dd>
      <dt>State</dt>
      <dd data-state={launched.is_training ? 'training' : 'ended'}>{stateText(launched)}</dd>
      <dt>Steps</dt>
      <dd>
        {maxSteps === null ? 'set by the program' : maxSteps}
        {delay !== null && delay > 0 && `, with a pause of ${delay} s after each`}
      </dd>
      <dt>Seed</dt>
      <dd>{seed}</dd>
      {starts > 1 && (
        <>
          <dt>Started</dt>
          <dd>{starts} times</dd>
        </>
      )}
      {parent !== null && (
        <>
          <dt>Branched</dt>
          <dd>
            from {parent.run} at step {parent.step}
          </dd>
        </>
      )}
    </dl>
  )
}

function stateText({ is_training: isTraining, is_stopping: isStopping, ended }: LaunchedRun): string {
  if (isStopping) return 'asked to stop'
  return isTraining ? 'training' : (ended ?? 'ended')
}

function StopButton({ launched, onAnswer }: { readonly launched: LaunchedRun; readonly onAnswer: OnAnswer }) {
  const run = useRun()
  const barred = ownReason(run)
  const stop = useOnce(() =>
    run.answers.act('stop the training run', async () => {
      const request = { now: launched.is_stopping }
      onAnswer(await send<LaunchedAnswer>(runPath(run.id, 'launcher/stop'), request))
      return request.now ? 'the next signal was sent' : 'asked to stop'
    }),
  )
  return (
    <button
      type="button"
      class="button danger"
      disabled={barred !== undefined || stop.isBusy}
      title={barred}
      onClick={stop.begin}
    >
      {launched.is_stopping ? 'Stop it now' : 'Stop'}
    </button>
  )
}

function ResumeForm({ launched, onAnswer }: { readonly launched: LaunchedRun; readonly onAnswer: OnAnswer }) {
  const run = useRun()
  const [typed, setTyped] = useState<TypedValues>({})
  const values = readValues(typed)
  const barred = ownReason(run) ?? values.problem
  const resume = useOnce(async () => {
    const author = await askAuthor()
    if (author === undefined) return
    await run.answers.act('continue the training run', async () => {
      const request = { ...values.request, author: author.sent ?? undefined }
      onAnswer(await send<LaunchedAnswer>(runPath(run.id, 'launcher/resume'), request))
      return 'started'
    })
  })
  return (
    <form
      class="start"
      onSubmit={(event) => {
        event.preventDefault()
        resume.begin()
      }}
    >
      <StartFields
        typed={typed}
        onChange={setTyped}
        usual={{ max_steps: launched.max_steps, step_delay: launched.step_delay }}
        isNew={false}
      />
      <div class="actions">
        <button type="submit" class="button primary" disabled={barred !== undefined || resume.isBusy} title={barred}>
          Resume
        </button>
      </div>
    </form>
  )
}
