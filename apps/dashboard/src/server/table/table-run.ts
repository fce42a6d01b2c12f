import type { RunLabels } from '../../shared/labels.ts'
import type { Column, FieldName, MetricStat } from '../../shared/table/column.ts'
import type { Filterable } from '../../shared/table/filter.ts'
import type { Cell } from '../../shared/table/table-wire.ts'
import type { RunRow } from '../../shared/wire.ts'
import type { FoundRun } from '../run-finder.ts'
import type { Params } from './run-params.ts'

/** A run as a row of the table. */
export interface TableRun {
  readonly run: FoundRun
  readonly row: RunRow
  readonly labels: RunLabels
  readonly params: Params
  /** Returns a statistic of a metric; null if it is unknown or the run has no such metric. */
  metric(name: string, stat: MetricStat): number | null
}

/** Returns the value in a column, for display, sorting and grouping. */
export function cellOf(run: TableRun, column: Column): Cell {
  if (column.kind === 'param') return run.params.get(column.name) ?? null
  if (column.kind === 'metric') return run.metric(column.name, column.stat)
  return fieldOf(run, column.name)
}

function fieldOf({ row, labels }: TableRun, name: FieldName): Cell {
  switch (name) {
    case 'name':
      return labels.name ?? row.name
    case 'status':
      return row.status
    case 'key':
      return row.key_metric?.value ?? null
    case 'step':
      return row.step
    case 'speed':
      return row.steps_per_second
    case 'course':
      return row.key_metric?.name ?? null
    case 'change':
      return row.last_change?.wall_time ?? null
    case 'tags':
      return labels.tags.length === 0 ? null : labels.tags.join(', ')
    case 'notes':
      return labels.notes || null
    case 'config':
      return row.config || null
    case 'seed':
      return row.seed
    case 'started':
      return row.started_at
    case 'updated':
      return row.updated
    default:
      return name satisfies never
  }
}

/** Returns the fields that filters use. */
export function filterable(run: TableRun): Filterable {
  const { row, labels, params } = run
  return {
    texts: [row.name, labels.name, row.status, row.config, labels.notes, row.last_change?.text, ...labels.tags],
    field(name) {
      if (name === 'tag') return labels.tags
      const value = name === 'notes' ? labels.notes : row[name]
      return value === null ? [] : [String(value)]
    },
    is: (label) => labels[label],
    value(name, stat) {
      const param = params.get(name)
      if (param !== undefined) return param
      if (name === 'step' || name === 'seed') return row[name]
      return name === 'key' ? (row.key_metric?.value ?? null) : run.metric(name, stat)
    },
  }
}
