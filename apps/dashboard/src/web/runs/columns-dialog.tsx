import { messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { FIELDS, formatColumn, METRIC_STATS, type MetricStat } from '../../shared/table/column.ts'
import type { TableColumns } from '../../shared/table/table-wire.ts'
import { ask } from '../api.ts'
import { lookOf } from './columns.tsx'
import { setColumns, shownColumns } from './table-view.ts'

/** Shows a form that selects the columns of the table: fields, parameters, and statistics of metrics. */
export function ColumnsForm(): JSX.Element {
  const [names, setNames] = useState<TableColumns | undefined>(undefined)
  const [problem, setProblem] = useState('')
  const [search, setSearch] = useState('')
  useEffect(() => {
    ask<TableColumns>('table/columns').then(setNames, (error: unknown) => setProblem(messageOf(error)))
  }, [])
  const shown = shownColumns()
  const fits = (name: string): boolean => name.toLowerCase().includes(search.trim().toLowerCase())
  return (
    <>
      <ShownColumns shown={shown} />
      <input
        class="input"
        type="search"
        placeholder="Find a parameter or metric"
        aria-label="Find a column"
        value={search}
        onInput={(event) => setSearch(event.currentTarget.value)}
      />
      {problem !== '' && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      <Choice title="For every run" columns={FIELDS.filter((name) => name !== 'name' && fits(name))} shown={shown} />
      <Choice
        title="Parameters"
        columns={(names?.params ?? []).filter(fits).map((name) => `p:${name}`)}
        shown={shown}
      />
      <MetricChoice names={(names?.metrics ?? []).filter(fits)} shown={shown} />
    </>
  )
}

const MOST_SHOWN = 200

function ShownColumns({ shown }: { readonly shown: readonly string[] }): JSX.Element {
  const move = (at: number, by: number): void => {
    const next = [...shown]
    const [column] = next.splice(at, 1)
    if (column !== undefined) next.splice(at + by, 0, column)
    setColumns(next)
  }
  return (
    <section aria-label="Shown columns">
      <h3>Shown</h3>
      <ol class="chosen-columns">
        {shown.map((column, at) => (
          <li key={column}>
            <span class="cut">{lookOf(column).title}</span>
            <button
              type="button"
              class="button icon quiet"
              aria-label={`Move ${lookOf(column).title} left`}
              disabled={at === 0}
              onClick={() => move(at, -1)}
            >
              ←
            </button>
            <button
              type="button"
              class="button icon quiet"
              aria-label={`Move ${lookOf(column).title} right`}
              disabled={at === shown.length - 1}
              onClick={() => move(at, 1)}
            >
              →
            </button>
            <button
              type="button"
              class="button icon quiet"
              aria-label={`Hide ${lookOf(column).title}`}
              onClick={() => toggle(column, shown)}
            >
              ✕
            </button>
          </li>
        ))}
      </ol>
    </section>
  )
}

function Choice(props: {
  readonly title: string
  readonly columns: readonly string[]
  readonly shown: readonly string[]
}): JSX.Element | null {
  const { title, columns, shown } = props
  if (columns.length === 0) return null
  return (
    <fieldset class="column-choice">
      <legend>{title}</legend>
      {columns.slice(0, MOST_SHOWN).map((column) => (
        <label key={column} class="cut">
          <input type="checkbox" checked={shown.includes(column)} onChange={() => toggle(column, shown)} />
          {lookOf(column).title}
        </label>
      ))}
    </fieldset>
  )
}

function MetricChoice({
  names,
  shown,
}: {
  readonly names: readonly string[]
  readonly shown: readonly string[]
}): JSX.Element | null {
  const [stat, setStat] = useState<MetricStat>('last')
  if (names.length === 0) return null
  return (
    <>
      <div class="actions" role="radiogroup" aria-label="Value of a metric">
        {METRIC_STATS.map((one) => (
          <label key={one} class="button small">
            <input type="radio" name="stat" checked={stat === one} onChange={() => setStat(one)} />
            {one}
          </label>
        ))}
      </div>
      <Choice
        title={`Metrics, ${stat} value`}
        columns={names.map((name) => formatColumn({ kind: 'metric', name, stat }))}
        shown={shown}
      />
    </>
  )
}

function toggle(column: string, shown: readonly string[]): void {
  setColumns(shown.includes(column) ? shown.filter((other) => other !== column) : [...shown, column])
}
