import { readLine, splitLine } from '@hotcb/commands'
import type { LaunchedRun } from '@hotcb/launch'
import type { JSX } from 'preact'
import { useId, useState } from 'preact/hooks'
import type { LaunchedAnswer, StartedAnswer } from '../../shared/launcher.ts'
import { runPath, send } from '../api.ts'
import { askAuthor } from '../author/author.ts'
import { useOnce } from '../parts/use-once.ts'
import { goTo, runHref } from '../route.ts'
import { factsOf } from '../run/line-facts.ts'
import { ownReason } from '../run/rights.ts'
import { useRun } from '../run/run-context.ts'
import type { RunStore } from '../run/run-store.ts'
import { readValues, StartFields, type TypedValues } from './start-fields.tsx'

/** Starts a new run from a checkpoint, and opens its page. */
export function BranchForm(props: {
  readonly launched: LaunchedRun
  /** The checkpoints to choose from, earliest first, each with a step. */
  readonly checkpoints: LaunchedAnswer['checkpoints']
}): JSX.Element {
  const { launched, checkpoints } = props
  const run = useRun()
  const id = useId()
  const [chosen, setChosen] = useState<string | null>(null)
  const [typed, setTyped] = useState<TypedValues>({})
  const [changes, setChanges] = useState('')
  const known = checkpoints.some(({ tag }) => tag === chosen)
  const tag = known ? chosen : (checkpoints.at(-1)?.tag ?? null)
  const values = readValues(typed)
  const wrong = changesProblem(changes, run)
  const barred = ownReason(run) ?? values.problem ?? wrong
  const start = useOnce(async () => {
    const author = await askAuthor()
    if (author === undefined) return
    await run.answers.act(`new run from ${tag}`, async () => {
      const set = splitLine(changes).map(({ text }) => text)
      const request = { ...values.request, tag, author: author.sent ?? undefined, ...(set.length > 0 && { set }) }
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
        if (barred === undefined) start.begin()
      }}
    >
      <p class="muted">It uses the same training program and the same seed. This run is not changed.</p>
      <label for={`${id}-tag`}>Checkpoint</label>
      <select
        id={`${id}-tag`}
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
      <ChangesField text={changes} wrong={wrong} onInput={setChanges} />
      <div class="actions">
        <button type="submit" class="button primary" disabled={barred !== undefined || start.isBusy} title={barred}>
          {start.isBusy ? 'Starting…' : 'Start new run'}
        </button>
      </div>
    </form>
  )
}

function ChangesField(props: {
  readonly text: string
  readonly wrong: string | undefined
  readonly onInput: (text: string) => void
}): JSX.Element {
  const { text, wrong, onInput } = props
  const id = useId()
  return (
    <div class="start-changes">
      <label for={`${id}-set`}>Changes after its first step, as in hotcb set</label>
      <input
        id={`${id}-set`}
        class="input mono"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        placeholder="lr=x0.5 weight_decay=0.01"
        aria-invalid={wrong !== undefined}
        aria-describedby={`${id}-wrong`}
        value={text}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <p id={`${id}-wrong`} class="issue" role="alert">
        {wrong}
      </p>
    </div>
  )
}

/** Why the changes cannot be made to this run's controls; undefined if they can. */
function changesProblem(text: string, { words, detail }: RunStore): string | undefined {
  if (text.trim() === '') return undefined
  const { sections, table } = words.value
  const read = readLine(`set ${text}`, sections, factsOf(detail.value, table))
  return read.ok ? undefined : read.reason
}
