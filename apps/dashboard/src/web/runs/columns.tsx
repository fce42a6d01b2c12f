import { doneText } from '@hotcb/run'
import type { JSX } from 'preact'
import { formatNumber, formatValue } from '../../shared/describe.ts'
import { type Column, parseColumn } from '../../shared/table/column.ts'
import type { Cell, TableRow } from '../../shared/table/table-wire.ts'
import { SparklineView } from '../parts/sparkline.tsx'
import { StatusBadge } from '../parts/status.tsx'
import { ago } from '../parts/time.ts'
import { runLook } from './run-color.ts'
import { sparklines } from './sparklines.ts'

/** The appearance of a column: its title, the width of its track, and whether it contains numbers. */
export interface ColumnLook {
  readonly title: string
  readonly width: string
  readonly isNumber: boolean
  readonly isSortable: boolean
}

const LOOKS: Readonly<Record<string, readonly [title: string, width: string, isNumber?: boolean]>> = {
  name: ['Run', 'minmax(clamp(150px, 20vw, 200px), 2fr)'],
  status: ['State', '92px'],
  key: ['Key metric', '150px', true],
  step: ['Step', '92px', true],
  speed: ['Steps/s', '84px', true],
  course: ['Course', '120px'],
  change: ['Last change', 'minmax(150px, 1.4fr)'],
  tags: ['Tags', 'minmax(110px, 0.8fr)'],
  notes: ['Notes', 'minmax(140px, 1fr)'],
  config: ['Config', 'minmax(110px, 0.8fr)'],
  seed: ['Seed', '72px', true],
  started: ['Started', '150px'],
  updated: ['Seen', '72px', true],
}

/** Returns a column's appearance, based on its text form. */
export function lookOf(text: string): ColumnLook {
  const column = parseColumn(text)
  if (column === undefined || column.kind === 'field') {
    const [title, width, isNumber = false] = LOOKS[text] ?? [text, '100px']
    return { title, width, isNumber, isSortable: text !== 'course' }
  }
  const title = column.kind === 'param' ? column.name : `${column.name} ${column.stat}`
  return { title, width: `minmax(104px, ${column.kind === 'param' ? 0.6 : 0.7}fr)`, isNumber: true, isSortable: true }
}

/** Returns the tracks of the CSS grid that displays a row. */
export function tracksOf(columns: readonly string[]): string {
  return ['28px', '28px', ...['name', ...columns].map((column) => lookOf(column).width)].join(' ')
}

/** Returns the width in pixels below which the table scrolls horizontally. */
export function leastWidth(columns: readonly string[]): number {
  const least = ['name', ...columns].map((column) => Number(/(\d+)px/.exec(lookOf(column).width)?.[1] ?? 100))
  return least.reduce((sum, width) => sum + width + GAP, 56 + 2 * GAP + 32)
}

const GAP = 16

/** The content of one cell. */
export function CellView(props: {
  readonly of: TableRow
  readonly column: Column | undefined
  readonly cell: Cell
}): JSX.Element | null {
  const { of: tableRow, column, cell } = props
  if (column === undefined) return null
  return column.kind === 'field' ? <FieldView of={tableRow} name={column.name} /> : <ValueView cell={cell} />
}

function ValueView({ cell }: { readonly cell: Cell }): JSX.Element {
  if (cell === null) return <span class="muted">–</span>
  return <span title={String(cell)}>{typeof cell === 'string' ? cell : formatValue(cell)}</span>
}

function FieldView({
  of: { row, labels },
  name,
}: {
  readonly of: TableRow
  readonly name: string
}): JSX.Element | null {
  switch (name) {
    case 'status':
      return <StatusBadge status={row.status} reason={row.reason} />
    case 'key':
      return <KeyMetric of={row.key_metric} />
    case 'step':
      return <span title={doneText(row.step, row.max_steps)}>{row.step ?? '–'}</span>
    case 'course':
      return (
        <span style={{ color: runLook(row.id).color }}>
          <SparklineView line={sparklines.value.get(row.id)} dash={runLook(row.id).dash} />
        </span>
      )
    case 'change':
      return <LastChange of={row} />
    case 'tags':
      return (
        <>
          {labels.tags.map((tag) => (
            <span key={tag} class="tag">
              {tag}
            </span>
          ))}
        </>
      )
    case 'notes':
      return <span title={labels.notes}>{labels.notes.split('\n')[0]}</span>
    case 'updated':
      return <span class="muted">{ago(row.updated)}</span>
    case 'started':
      return <span class="muted">{row.started_at === null ? '–' : new Date(row.started_at).toLocaleString()}</span>
    case 'speed':
      return <span>{row.steps_per_second === null ? '–' : formatNumber(row.steps_per_second, 3)}</span>
    case 'config':
      return <span title={row.config ?? ''}>{row.config || '–'}</span>
    case 'seed':
      return <span>{row.seed ?? '–'}</span>
    default:
      return null
  }
}

function KeyMetric({ of: key }: { readonly of: TableRow['row']['key_metric'] }): JSX.Element {
  if (key === null) return <span class="muted">–</span>
  return (
    <span title={`${key.final ? 'final ' : ''}${key.name}`}>
      <span class="muted small-text">{key.name} </span>
      <b>{formatNumber(key.value)}</b>
    </span>
  )
}

function LastChange({ of: { problem, last_change: change } }: { readonly of: TableRow['row'] }): JSX.Element {
  if (problem !== null) {
    return (
      <span class="issue" title={problem}>
        {withoutFolders(problem)}
      </span>
    )
  }
  if (change === null) return <span class="muted">none</span>
  const outcome = change.decision === 'applied' ? '' : `: ${change.decision}`
  return <span title={changeTitle(change)}>{`${change.text}${outcome}`}</span>
}

function changeTitle({ decision, source, step, text }: NonNullable<TableRow['row']['last_change']>): string {
  return `${text}: ${decision}, ${source}${step === null ? '' : `, step ${step}`}`
}

/** Removes folders from the file names in a problem. They would push the reason out of a narrow column. */
function withoutFolders(problem: string): string {
  return problem.replace(/`[^`]*\/([^`/]+)`/g, '`$1`')
}
