import type { JSX } from 'preact'
import { useId } from 'preact/hooks'
import type { StartRequest } from '../../shared/launcher.ts'
import './start.css'

/** The fields in a start form, as the user entered them. If a field is empty, the training run uses its default. */
export interface TypedValues {
  readonly max_steps?: string
  readonly max_time?: string
  readonly step_delay?: string
  readonly seed?: string
}

type Field = keyof TypedValues

interface FieldWords {
  readonly title: string
  readonly usual: string
  /** The accepted values, for the message. */
  readonly right: string
  readonly isRight: (value: number) => boolean
}

const FIELDS: Readonly<Record<Field, FieldWords>> = {
  max_steps: {
    title: 'Steps',
    usual: 'default',
    right: 'a whole number of at least 1',
    isRight: (value) => Number.isSafeInteger(value) && value >= 1,
  },
  max_time: { title: 'Time limit, s', usual: 'none', right: 'a number above 0', isRight: (value) => value > 0 },
  step_delay: {
    title: 'Pause after each step, s',
    usual: 'default',
    right: 'a number of at least 0',
    isRight: (value) => value >= 0,
  },
  seed: {
    title: 'Seed',
    usual: 'random',
    right: 'a whole number of at least 0',
    isRight: (value) => Number.isSafeInteger(value) && value >= 0,
  },
}

const NAMES: readonly Field[] = ['max_steps', 'max_time', 'step_delay', 'seed']

/** Converts the entered values to numbers. `problem` describes the first invalid one. */
export function readValues(typed: TypedValues): {
  readonly request: StartRequest
  readonly problem: string | undefined
} {
  const request: Partial<Record<Field, number>> = {}
  for (const name of NAMES) {
    const text = typed[name]?.trim() ?? ''
    if (text === '') continue
    const { title, right, isRight } = FIELDS[name]
    const value = Number(text)
    if (!Number.isFinite(value) || !isRight(value)) return { request, problem: `${title}: expected ${right}` }
    request[name] = value
  }
  return { request, problem: undefined }
}

/** Fields for the steps, the time limit, the delay and, for a run that starts at step 0, the seed. */
export function StartFields(props: {
  readonly typed: TypedValues
  readonly onChange: (typed: TypedValues) => void
  /** The values that empty fields represent. */
  readonly usual: { readonly max_steps: number | null; readonly step_delay: number | null }
  /** Whether the run starts at step 0. */
  readonly isNew: boolean
}): JSX.Element {
  const { typed, onChange, usual, isNew } = props
  const id = useId()
  const { problem } = readValues(typed)
  const placeholders: Partial<Record<Field, string>> = {
    ...(usual.max_steps !== null && { max_steps: String(usual.max_steps) }),
    ...(usual.step_delay !== null && { step_delay: String(usual.step_delay) }),
  }
  return (
    <>
      <div class="start-fields">
        {NAMES.filter((name) => isNew || name !== 'seed').map((name) => (
          <div key={name}>
            <label for={`${id}-${name}`}>{FIELDS[name].title}</label>
            <input
              id={`${id}-${name}`}
              class="input"
              inputMode="decimal"
              autocomplete="off"
              placeholder={placeholders[name] ?? FIELDS[name].usual}
              value={typed[name] ?? ''}
              onInput={(event) => onChange({ ...typed, [name]: event.currentTarget.value })}
            />
          </div>
        ))}
      </div>
      <p class="issue" role="alert">
        {problem}
      </p>
    </>
  )
}
