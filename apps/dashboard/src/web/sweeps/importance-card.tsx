import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { SweepContourAnswer, SweepImportance } from '../../shared/sweeps/sweep-wire.ts'
import { ContourPicture } from './contour.tsx'
import type { SweepStore } from './sweep-store.ts'
import { useAnalysis } from './use-analysis.ts'

/**
 * Shows the importance of each parameter, and the metric over two parameters. At first, these are the two most important ones.
 */
export function AnalysisCards({ store }: { readonly store: SweepStore }): JSX.Element {
  const { answer, problem } = useAnalysis<SweepImportance>(store, 'importance', {})
  const [chosen, setChosen] = useState<{ readonly x?: string; readonly y?: string }>({})
  const names = answer?.importance.map(({ name }) => name) ?? []
  const x = names.find((name) => name === chosen.x) ?? names[0]
  const y = names.find((name) => name === chosen.y && name !== x) ?? names.find((name) => name !== x)
  return (
    <>
      <section class="card panel" aria-label="Importance">
        <header>
          <h2>Importance</h2>
          <span class="muted small-text">
            {answer !== undefined && `of ${answer.trials} completed ${answer.trials === 1 ? 'trial' : 'trials'}`}
          </span>
        </header>
        {problem !== null && <p role="alert">{problem}</p>}
        <Bars importance={answer?.importance} />
      </section>
      <section class="card panel" aria-label="Contour">
        <header>
          <h2>Two parameters</h2>
          <span class="spacer" />
          {x !== undefined && y !== undefined && (
            <span class="actions">
              <Choice label="Across" names={names} value={x} onChange={(name) => setChosen({ x: name, y })} />
              <Choice label="Up" names={names} value={y} onChange={(name) => setChosen({ x, y: name })} />
            </span>
          )}
        </header>
        {x === undefined || y === undefined ? (
          <p class="muted">{answer === undefined && problem === null ? 'Computing…' : 'Two parameters are needed.'}</p>
        ) : (
          <Contour store={store} x={x} y={y} />
        )}
      </section>
    </>
  )
}

function Bars({ importance }: { readonly importance: SweepImportance['importance'] | undefined }): JSX.Element {
  if (importance === undefined) return <p class="muted">Computing…</p>
  if (importance.every(({ share }) => share === 0)) {
    return <p class="muted">Ten completed trials with different values are needed.</p>
  }
  const most = Math.max(...importance.map(({ share }) => share))
  return (
    <dl class="importance">
      {importance.map(({ name, share }) => (
        <>
          <dt class="cut" title={name}>
            {name}
          </dt>
          <dd>
            <i style={{ width: `${(62 * share) / most}%` }} />
            <span>{share >= 0.001 ? `${(100 * share).toFixed(1)} %` : '<0.1 %'}</span>
          </dd>
        </>
      ))}
    </dl>
  )
}

function Choice(props: {
  readonly label: string
  readonly names: readonly string[]
  readonly value: string
  readonly onChange: (name: string) => void
}): JSX.Element {
  const { label, names, value, onChange } = props
  return (
    <select
      class="select small"
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      {names.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  )
}

function Contour(props: { readonly store: SweepStore; readonly x: string; readonly y: string }): JSX.Element {
  const { store, x, y } = props
  const { answer, problem } = useAnalysis<SweepContourAnswer>(store, 'contour', { x, y })
  if (problem !== null) return <p role="alert">{problem}</p>
  if (answer === undefined) return <p class="muted">Computing…</p>
  if (answer.points.length === 0) return <p class="muted">No trial has completed yet.</p>
  // A plot with the same colour everywhere would look like a result.
  if (new Set(answer.points.map(({ value }) => value)).size < 2) {
    return <p class="muted">Completed trials with different values are needed.</p>
  }
  return <ContourPicture contour={answer} direction={store.direction.value} />
}
