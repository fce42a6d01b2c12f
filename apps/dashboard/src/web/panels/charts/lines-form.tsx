import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { readFormula } from '../../compare/expression.ts'
import { useStream } from '../panel.ts'
import { namesOf } from './use-lines.ts'

const NONE: ReadonlySet<string> = new Set()
const MOST_LISTED = 500

/** A form to choose a chart's lines: metrics, or expressions over metrics. */
export function LinesForm(props: {
  readonly lines: readonly string[]
  readonly button: string
  readonly onLines: (lines: readonly string[]) => void
  /** Why these lines are invalid; empty if they are valid. */
  readonly check?: (lines: readonly string[]) => string
}): JSX.Element {
  const { button, onLines, check } = props
  const { names } = useStream('metrics')
  const [lines, setLines] = useState(props.lines)
  const [text, setText] = useState('')
  const [problem, setProblem] = useState('')
  const known = names.value === undefined ? NONE : namesOf(names.value)
  /** All lines including the one being typed; undefined if that one is invalid. */
  const withTyped = (): readonly string[] | undefined => {
    const wanted = text.trim()
    if (wanted === '') return lines
    const read = readFormula(wanted, known, 'this run')
    const wrong = read.ok
      ? lines.includes(wanted)
        ? `\`${wanted}\` is already a line of this chart`
        : ''
      : read.problem
    setProblem(wrong)
    return wrong === '' ? [...lines, wanted] : undefined
  }
  const add = (): void => {
    const next = withTyped()
    if (next === undefined) return
    setLines(next)
    setText('')
  }
  const submit = (event: Event): void => {
    event.preventDefault()
    const next = withTyped()
    if (next === undefined) return
    const wrong =
      next.length === 0 ? 'a chart needs at least one line: a metric or an expression' : (check?.(next) ?? '')
    setProblem(wrong)
    if (wrong === '') onLines(next)
  }
  return (
    <form class="labels-form" onSubmit={submit}>
      <ChosenLines lines={lines} onLines={setLines} />
      <label>
        Metric or expression, such as train_loss - val_loss
        <input
          class="input"
          list="run-metrics"
          aria-invalid={problem !== ''}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value)
            setProblem('')
          }}
        />
      </label>
      <datalist id="run-metrics">
        {[...known].slice(0, MOST_LISTED).map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <p class="issue" role="alert">
        {problem}
      </p>
      <div class="actions">
        <button type="button" class="button" onClick={add}>
          Add line
        </button>
        <button type="submit" class="button primary">
          {button}
        </button>
      </div>
    </form>
  )
}

function ChosenLines(props: {
  readonly lines: readonly string[]
  readonly onLines: (lines: readonly string[]) => void
}): JSX.Element {
  const { lines, onLines } = props
  return (
    <ul class="chosen-columns">
      {lines.map((line) => (
        <li key={line}>
          <span class="cut">{line}</span>
          <button
            type="button"
            class="button small quiet"
            aria-label={`Remove ${line}`}
            onClick={() => onLines(lines.filter((other) => other !== line))}
          >
            ✕
          </button>
        </li>
      ))}
    </ul>
  )
}
