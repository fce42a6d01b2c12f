import { doneText } from '@hotcb/run'
import type { JSX } from 'preact'
import { formatNumber } from '../../shared/describe.ts'
import { parseColumn } from '../../shared/table/column.ts'
import type { TableRow } from '../../shared/table/table-wire.ts'
import type { RunRow } from '../../shared/wire.ts'
import { SparklineView } from '../parts/sparkline.tsx'
import { StatusBadge } from '../parts/status.tsx'
import { ago } from '../parts/time.ts'
import type { RowStyle } from '../parts/virtual-rows.tsx'
import { CellView, lookOf } from './columns.tsx'
import { runLook } from './run-color.ts'
import { RunName, StarButton } from './run-line.tsx'
import { selection, toggleSelected } from './selection.ts'
import { sparklines } from './sparklines.ts'

/** One run, on a screen without room for a table: its name and state, then its progress, then the columns that a person added. */
export function RunCard(props: {
  readonly of: TableRow
  readonly columns: readonly string[]
  readonly style: RowStyle
}): JSX.Element {
  const { of: tableRow, columns, style } = props
  const { row, labels } = tableRow
  const isSelected = selection.value.has(row.id)
  const shown = labels.name ?? row.name
  return (
    <div class={`line run-card ${isSelected ? 'selected' : ''}`} role="listitem" style={style}>
      <label class="above choose">
        <input
          type="checkbox"
          aria-label={`Select ${shown}`}
          checked={isSelected}
          onChange={() => toggleSelected(row.id)}
        />
      </label>
      <RunName of={tableRow} shown={shown} />
      <StatusBadge status={row.status} reason={row.reason} />
      <span class="above">
        <StarButton id={row.id} labels={labels} shown={shown} />
      </span>
      <Reached of={row} />
      {columns.includes('course') && <Course of={row} />}
      {ownColumns(columns).length > 0 && <OwnValues of={tableRow} columns={columns} />}
      <Progress of={row} />
    </div>
  )
}

/** Returns the height of a card in pixels. */
export function cardHeight(columns: readonly string[]): number {
  return ownColumns(columns).length > 0 ? 88 : 66
}

/** Returns the columns that cards do not show by default. */
function ownColumns(columns: readonly string[]): readonly string[] {
  return columns.filter((column) => !CARD_COLUMNS.has(column))
}

const CARD_COLUMNS = new Set(['name', 'status', 'key', 'step', 'course', 'updated', 'change', 'tags'])

function Reached({ of: row }: { readonly of: RunRow }): JSX.Element {
  const { key_metric: key, step, max_steps: total } = row
  return (
    <p class="reached small-text muted">
      {key !== null && (
        <span class="key">
          <span class="cut">{key.name}</span>
          <b>{formatNumber(key.value)}</b>
        </span>
      )}
      {step !== null && <span title={doneText(step, total)}>{stepText(step, total)}</span>}
      <span>{ago(row.updated)}</span>
    </p>
  )
}

/** Returns a short form of `doneText`. */
function stepText(step: number, total: number | null): string {
  if (total === null) return `step ${step}`
  return step + 1 === total ? `${total} steps` : `${step + 1}/${total}`
}

function Course({ of: { id } }: { readonly of: RunRow }): JSX.Element {
  const { color, dash } = runLook(id)
  return (
    <span class="course" style={{ color }}>
      <SparklineView line={sparklines.value.get(id)} dash={dash} />
    </span>
  )
}

function OwnValues({ of, columns }: { readonly of: TableRow; readonly columns: readonly string[] }): JSX.Element {
  return (
    <p class="own-values small-text cut">
      {columns.map((column, i) =>
        CARD_COLUMNS.has(column) ? null : (
          <span key={column}>
            <span class="muted">{lookOf(column).title}</span>{' '}
            <CellView of={of} column={parseColumn(column)} cell={of.cells[i] ?? null} />
          </span>
        ),
      )}
    </p>
  )
}

/** Shows a live run's progress as a line at the bottom edge. */
function Progress({ of: { status, step, max_steps: total } }: { readonly of: RunRow }): JSX.Element | null {
  if ((status !== 'running' && status !== 'paused') || step === null || total === null || total <= 0) return null
  return <i class="card-progress" style={{ width: `${Math.min(1, (step + 1) / total) * 100}%` }} />
}
