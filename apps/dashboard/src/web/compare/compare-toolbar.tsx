import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { setView } from '../route.ts'
import { formatAxis, parseAxis } from './axis.ts'
import { type ChartSpec, plainChart } from './chart-spec.ts'
import { type CompareView, setAxis, setCharts, setSpan } from './compare-view.ts'
import { readFormula } from './expression.ts'
import { GROUPINGS, type Grouping } from './groups.ts'

const AXES = { step: 'Step', time: 'Wall time', relative: 'Relative time', epoch: 'Epoch' } as const
const GROUP_TITLES: Readonly<Record<Grouping, string>> = {
  none: 'Every run',
  seed: 'Mean: all except seed',
  sweep: 'Mean: sweep',
  tag: 'Mean: tag',
}

/** Settings for the horizontal axis and the groups, and a field that adds a chart. */
export function CompareToolbar(props: {
  readonly view: CompareView
  readonly names: readonly string[]
  readonly charts: readonly ChartSpec[]
}): JSX.Element {
  const { view, names, charts } = props
  const axis = formatAxis(view.axis) ?? 'step'
  return (
    <div class="toolbar">
      <select
        class="select"
        aria-label="Horizontal axis"
        value={axis}
        onChange={(event) => setAxis(parseAxis(event.currentTarget.value))}
      >
        {Object.entries(AXES).map(([kind, title]) => (
          <option key={kind} value={kind}>
            {title}
          </option>
        ))}
        {names.map((name) => (
          <option key={name} value={`m:${name}`}>
            {name}
          </option>
        ))}
      </select>
      <select
        class="select"
        aria-label="Draw"
        value={view.grouping}
        onChange={(event) =>
          setView({ group: event.currentTarget.value === 'none' ? null : event.currentTarget.value, hide: null }, true)
        }
      >
        {GROUPINGS.map((grouping) => (
          <option key={grouping} value={grouping}>
            {GROUP_TITLES[grouping]}
          </option>
        ))}
      </select>
      {view.span !== undefined && (
        <button type="button" class="button" onClick={() => setSpan(undefined)}>
          Show all
        </button>
      )}
      <span class="spacer" />
      <AddChart names={names} charts={charts} />
    </div>
  )
}

function AddChart({
  names,
  charts,
}: {
  readonly names: readonly string[]
  readonly charts: readonly ChartSpec[]
}): JSX.Element {
  const [text, setText] = useState('')
  const [problem, setProblem] = useState('')
  const add = (event: Event): void => {
    event.preventDefault()
    const wanted = text.trim()
    if (wanted === '') return
    const read = readFormula(wanted, names)
    setProblem(read.ok ? '' : read.problem)
    if (!read.ok) return
    setCharts([plainChart(wanted), ...charts.filter((chart) => chart.text !== wanted)])
    setText('')
  }
  return (
    <form class="add-chart" onSubmit={add}>
      <input
        class="input"
        list="compare-metrics"
        placeholder="Add: val_loss or train_loss - val_loss"
        aria-label="Add a chart"
        aria-invalid={problem !== ''}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value)
          setProblem('')
        }}
      />
      <datalist id="compare-metrics">
        {names.slice(0, 500).map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <button type="submit" class="button">
        Add chart
      </button>
      <p class="issue" role="alert">
        {problem}
      </p>
    </form>
  )
}
