import { messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { CompareFacts, DivergenceAnswer } from '../../shared/compare-wire.ts'
import { formatNumber } from '../../shared/describe.ts'
import { ask } from '../api.ts'
import { askWhole } from '../streams/ask-whole.ts'

/** Shows the step at which two runs first differ. */
export function DivergenceCard({ facts }: { readonly facts: readonly CompareFacts[] }): JSX.Element | null {
  const [left, setLeft] = useState(facts[0]?.id ?? '')
  const [right, setRight] = useState(facts[1]?.id ?? '')
  const [found, setFound] = useState<DivergenceAnswer | undefined>(undefined)
  const [problem, setProblem] = useState('')
  useEffect(() => {
    setFound(undefined)
    setProblem('')
    if (left === right || left === '' || right === '') return
    const path = `compare/divergence?a=${encodeURIComponent(left)}&b=${encodeURIComponent(right)}`
    const read = async (): Promise<readonly DivergenceAnswer[]> => {
      try {
        return [await ask<DivergenceAnswer>(path)]
      } catch (error) {
        setProblem(messageOf(error))
        throw error
      }
    }
    return askWhole(read, (answers) => setFound(answers?.[0]))
  }, [left, right])
  if (facts.length < 2) return null
  return (
    <section class="card panel" aria-label="First divergence">
      <header>
        <h2>First divergence</h2>
        <span class="spacer" />
        <RunChoice label="First run" facts={facts} value={left} onChoose={setLeft} />
        <span class="muted">and</span>
        <RunChoice label="Second run" facts={facts} value={right} onChoose={setRight} />
      </header>
      <p role="status">{left === right ? 'Choose two different runs.' : problem || divergenceText(found)}</p>
    </section>
  )
}

function RunChoice(props: {
  readonly label: string
  readonly facts: readonly CompareFacts[]
  readonly value: string
  readonly onChoose: (id: string) => void
}): JSX.Element {
  return (
    <select
      class="select small"
      aria-label={props.label}
      value={props.value}
      onChange={(event) => props.onChoose(event.currentTarget.value)}
    >
      {props.facts.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  )
}

/** Returns the text of the answer. */
export function divergenceText(found: DivergenceAnswer | undefined): string {
  if (found === undefined) return 'Reading both runs…'
  const { first, names, complete } = found
  const rest = complete ? '' : ' A file is still being read: this is provisional.'
  if (names.length === 0) return 'These runs have no metric in common.'
  const metrics = names.length === 1 ? 'the one metric' : `the ${names.length} metrics`
  if (first === null) return `There is no difference in ${metrics} that both runs have.${rest}`
  const [a, b] = [first.a, first.b].map((value) => formatNumber(value, 10))
  const text = `at step ${first.step}, ${first.name} is ${a} in the first run and ${b} in the second`
  return `The first difference: ${text}.${rest}`
}
