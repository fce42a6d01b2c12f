import { messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { askAuthor } from '../../author/author.ts'
import { useRun } from '../../run/run-context.ts'
import { addAnnotation } from './annotations.ts'

/** The form for an annotation at a step. */
export function NoteForm(props: {
  readonly names: readonly string[]
  /** The step that is filled in at first. */
  readonly step: number
  readonly onDone: () => void
}): JSX.Element {
  const { names, onDone } = props
  const { id } = useRun()
  const [step, setStep] = useState(String(props.step))
  const [value, setValue] = useState('')
  const [text, setText] = useState('')
  const [isOnAll, setOnAll] = useState(false)
  const [problem, setProblem] = useState('')
  const wrong = noteProblem(step, value)
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (wrong !== '' || text.trim() === '') return
    const author = await askAuthor()
    if (author === undefined) return
    const place = { step: Number(step), value: value.trim() === '' ? null : Number(value) }
    const metric = isOnAll ? null : (names[0] ?? null)
    try {
      await addAnnotation(id, { ...place, text, metric, author: author.sent })
      onDone()
    } catch (error) {
      setProblem(messageOf(error))
    }
  }
  return (
    <form class="labels-form" onSubmit={(event) => void submit(event)}>
      <label>
        Text
        <input
          class="input"
          required
          maxLength={1000}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <div class="actions">
        <label>
          Step{' '}
          <input
            class="input small"
            inputMode="numeric"
            value={step}
            onInput={(event) => setStep(event.currentTarget.value)}
          />
        </label>
        <label>
          Value, or empty{' '}
          <input
            class="input small"
            inputMode="decimal"
            value={value}
            onInput={(event) => setValue(event.currentTarget.value)}
          />
        </label>
      </div>
      <label class="check">
        <input type="checkbox" checked={isOnAll} onChange={(event) => setOnAll(event.currentTarget.checked)} />
        On every chart of this run
      </label>
      <p class="issue" role="alert">
        {problem || wrong}
      </p>
      <div class="actions">
        <button type="submit" class="button primary" disabled={wrong !== '' || text.trim() === ''}>
          Add annotation
        </button>
      </div>
    </form>
  )
}

/** Why the step or value of an annotation is invalid; empty if both are valid. */
export function noteProblem(step: string, value: string): string {
  if (!/^\d{1,15}$/.test(step.trim())) return `the step must be a whole number of at least 0, not \`${step.trim()}\``
  return Number.isFinite(Number(value)) ? '' : `the value must be a number, not \`${value.trim()}\``
}
