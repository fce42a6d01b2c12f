/** What a column shows of a metric. `best` is the least or the largest value, by the name of the metric. */
export type MetricStat = 'last' | 'best' | 'min' | 'max'

export const METRIC_STATS: readonly MetricStat[] = ['last', 'best', 'min', 'max']

/** A column of the table of runs. Its text form is in addresses, in saved views and in requests. */
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

/** Columns of a table that nobody has configured. */
export const DEFAULT_COLUMNS: readonly string[] = ['status', 'key', 'step', 'course', 'tags', 'change', 'updated']

/** Reads `status`, `p:lr` or `m:val_loss:best`; undefined for anything else. */
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

/** The inverse of {@link parseColumn}. */
export function formatColumn(column: Column): string {
  if (column.kind === 'field') return column.name
  return column.kind === 'param' ? `p:${column.name}` : `m:${column.name}:${column.stat}`
}

/** How a table is sorted: a column, with a minus where it descends. */
export interface TableSorting {
  readonly column: Column
  readonly isDescending: boolean
}

/** Reads `updated` or `-m:val_loss:best`; anything else means the newest first. */
export function parseTableSorting(text: string | null | undefined): TableSorting {
  const isDescending = text?.startsWith('-') === true
  const column = parseColumn((text ?? '').slice(isDescending ? 1 : 0))
  if (column === undefined) return { column: { kind: 'field', name: 'updated' }, isDescending: true }
  return { column, isDescending }
}
