import type { JSX } from 'preact'
import type { RunLabels } from '../../shared/labels.ts'
import { parseColumn } from '../../shared/table/column.ts'
import type { TableRow } from '../../shared/table/table-wire.ts'
import { AlertsBadge } from '../alerts/alerts-badge.tsx'
import type { RowStyle } from '../parts/virtual-rows.tsx'
import { follows, runHref } from '../route.ts'
import { isViewer } from '../run/rights.ts'
import { changeLabels } from './change-labels.ts'
import { CellView, lookOf } from './columns.tsx'
import { runLook } from './run-color.ts'
import { selection, toggleSelected } from './selection.ts'
import { Swatch } from './swatch.tsx'

/** One row of the table. */
export function RunLine(props: {
  readonly of: TableRow
  readonly columns: readonly string[]
  readonly tracks: string
  readonly style: RowStyle
  readonly index: number
}): JSX.Element {
  const { of: tableRow, columns, tracks, style, index } = props
  const { row, labels } = tableRow
  const isSelected = selection.value.has(row.id)
  const shown = labels.name ?? row.name
  return (
    <div
      class={`row-grid line ${isSelected ? 'selected' : ''}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      style={{ ...style, gridTemplateColumns: tracks }}
    >
      <span role="cell" class="above">
        <input
          type="checkbox"
          aria-label={`Select ${shown}`}
          checked={isSelected}
          onChange={() => toggleSelected(row.id)}
        />
      </span>
      <span role="cell" class="above">
        <StarButton id={row.id} labels={labels} shown={shown} />
      </span>
      <span role="cell" class="cut">
        <RunName of={tableRow} shown={shown} />
      </span>
      {columns.map((text, i) => (
        <span key={text} role="cell" class={`cut ${lookOf(text).isNumber ? 'number' : ''}`}>
          <CellView of={tableRow} column={parseColumn(text)} cell={tableRow.cells[i] ?? null} />
        </span>
      ))}
    </div>
  )
}

/** Stars a run, or removes the star. */
export function StarButton(props: {
  readonly id: string
  readonly labels: RunLabels
  readonly shown: string
}): JSX.Element {
  const { id, labels, shown } = props
  return (
    <button
      type="button"
      class="button icon quiet star"
      aria-pressed={labels.star}
      aria-label={`Star ${shown}`}
      disabled={isViewer()}
      onClick={() => void changeLabels({ runs: [id], star: !labels.star })}
    >
      {labels.star ? '★' : '☆'}
    </button>
  )
}

/** A run's name with its colour, which links to its page. */
export function RunName({
  of: { row, labels },
  shown,
}: {
  readonly of: TableRow
  readonly shown: string
}): JSX.Element {
  const href = runHref(row.id)
  const slash = shown.lastIndexOf('/')
  return (
    <span class="cut run-name" title={labels.name === null ? row.name : `${labels.name} (${row.name})`}>
      <Swatch of={runLook(row.id)} />
      {row.problem !== null && (
        <span class="issue" role="img" aria-label={row.problem} title={row.problem}>
          ⚠{' '}
        </span>
      )}
      {labels.pin && (
        <span class="muted" title="pinned">
          ⌖{' '}
        </span>
      )}
      {labels.archived && <span class="muted">archived </span>}
      {slash > 0 && <span class="muted">{shown.slice(0, slash + 1)}</span>}
      <a class="whole-row" href={href} onClick={(event) => follows(event, href)}>
        {shown.slice(slash + 1)}
      </a>
      <AlertsBadge of={row.alerts} />
    </span>
  )
}
