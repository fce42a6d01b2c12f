import type { LaunchChoice } from '@hotcb/launch'
import { messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { LauncherAnswer, StartedAnswer } from '../../shared/launcher.ts'
import { ask, send } from '../api.ts'
import { askAuthor } from '../author/author.ts'
import { useOnce } from '../parts/use-once.ts'
import { goTo, runHref } from '../route.ts'
import { readValues, StartFields, type TypedValues } from './start-fields.tsx'

/** Starts one of the training runs that the server offers, and opens its page. */
export function StartForm(): JSX.Element {
  const [offer, setOffer] = useState<LauncherAnswer | undefined>(undefined)
  const [problem, setProblem] = useState('')
  useEffect(() => {
    ask<LauncherAnswer>('launcher').then(setOffer, (error: unknown) => setProblem(messageOf(error)))
  }, [])
  if (offer === undefined) {
    return problem === '' ? (
      <p aria-busy="true" />
    ) : (
      <p class="notice bad" role="alert">
        {problem}
      </p>
    )
  }
  return (
    <>
      {offer.problems.map((one) => (
        <p key={one} class="notice warn" role="alert">
          {one}
        </p>
      ))}
      <ChosenForm choices={offer.choices} />
    </>
  )
}

function ChosenForm({ choices }: { readonly choices: readonly LaunchChoice[] }): JSX.Element {
  const [id, setId] = useState(choices[0]?.id ?? '')
  const [typed, setTyped] = useState<TypedValues>({})
  const [problem, setProblem] = useState('')
  const chosen = choices.find((one) => one.id === id)
  const values = readValues(typed)
  const start = useOnce(async () => {
    const author = await askAuthor()
    if (author === undefined) return
    setProblem('')
    try {
      const request = { ...values.request, config: id, author: author.sent ?? undefined }
      const { run } = await send<StartedAnswer>('launcher/start', request)
      goTo(runHref(run))
    } catch (error) {
      setProblem(messageOf(error))
    }
  })
  return (
    <form
      class="start"
      onSubmit={(event) => {
        event.preventDefault()
        start.begin()
      }}
    >
      <div class="choices" role="radiogroup" aria-label="Training">
        {choices.map((one) => (
          <label key={one.id} class="choice" data-choice={one.id}>
            <input type="radio" name="training" checked={one.id === id} onChange={() => setId(one.id)} />
            <span>
              <b>{one.id}</b> {one.kind === 'file' && <span class="muted">config file</span>}
              <br />
              <span class="muted">{one.description}</span>
            </span>
          </label>
        ))}
      </div>
      <StartFields
        typed={typed}
        onChange={setTyped}
        usual={{ max_steps: chosen?.max_steps ?? null, step_delay: chosen?.step_delay ?? null }}
        isNew
      />
      {problem !== '' && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      <div class="actions">
        <button
          type="submit"
          class="button primary"
          disabled={start.isBusy || chosen === undefined || values.problem !== undefined}
          title={values.problem}
        >
          {start.isBusy ? 'Starting…' : 'Start'}
        </button>
      </div>
    </form>
  )
}
