/** The statistic of a metric that a column shows. `best` is the minimum or maximum, depending on the metric's name. */
export type MetricStat = 'last' | 'best' | 'min' | 'max'

export const METRIC_STATS: readonly MetricStat[] = ['last', 'best', 'min', 'max']

/** A column of the table of runs. Its text form is used in addresses, saved views and requests. */
export type Column =
  | { readonly kind: 'field'; readonly name: FieldName }
  | { readonly kind: 'param'; readonly name: string }
  | { readonly kind: 'metric'; readonly name: string; readonly stat: MetricStat }

/** Columns that every run has. */
export const FIELDS = [
  'name',
  'status',
  'key',
  'step',
  'speed',
  'course',
  'change',
  'tags',
  'notes',
  'config',
  'seed',
  'started',
  'updated',
] as const

export type FieldName = (typeof FIELDS)[number]

/** The columns of a table that no one has configured. */
export const DEFAULT_COLUMNS: readonly string[] = ['status', 'key', 'step', 'course', 'tags', 'change', 'updated']

/** Parses `status`, `p:lr` or `m:val_loss:best`; returns undefined for anything else. */
export function parseColumn(text: string): Column | undefined {
  if (text.startsWith('p:')) return text.length > 2 ? { kind: 'param', name: text.slice(2) } : undefined
  if (text.startsWith('m:')) {
    const at = text.lastIndexOf(':')
    const stat = METRIC_STATS.find((known) => known === text.slice(at + 1))
    return at > 2 && stat !== undefined ? { kind: 'metric', name: text.slice(2, at), stat } : undefined
  }
  const name = FIELDS.find((field) => field === text)
  return name === undefined ? undefined : { kind: 'field', name }
}

/** Formats a column as text; the inverse of {@link parseColumn}. */
export function formatColumn(column: Column): string {
  if (column.kind === 'field') return column.name
  return column.kind === 'param' ? `p:${column.name}` : `m:${column.name}:${column.stat}`
}

/** The order of a table: a column, with a minus sign if it is descending. */
export interface TableSorting {
  readonly column: Column
  readonly isDescending: boolean
}

/** Parses `updated` or `-m:val_loss:best`. For anything else, the newest runs come first. */
export function parseTableSorting(text: string | null | undefined): TableSorting {
  const isDescending = text?.startsWith('-') === true
  const column = parseColumn((text ?? '').slice(isDescending ? 1 : 0))
  if (column === undefined) return { column: { kind: 'field', name: 'updated' }, isDescending: true }
  return { column, isDescending }
}
