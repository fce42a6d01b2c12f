import { type Column, parseColumn, parseTableSorting, type TableSorting } from '../../shared/table/column.ts'
import { parseFilter, satisfies } from '../../shared/table/filter.ts'
import type { Cell, TableGroup, TableQuery } from '../../shared/table/table-wire.ts'
import { cellOf, filterable, type TableRun } from './table-run.ts'

/** The runs that match a filter, in order, and their groups. */
export interface Arranged {
  readonly runs: readonly TableRun[]
  readonly groups: readonly TableGroup[]
}

/**
 * Filters, groups and sorts runs. Pinned runs come first in their group, and unknown values last. Archived runs are left out
 * unless the filter names `is:archived`.
 */
export function arrange(runs: readonly TableRun[], query: Pick<TableQuery, 'filter' | 'sort' | 'group'>): Arranged {
  const conditions = parseFilter(query.filter ?? '')
  const wantsArchived = conditions.some(({ condition }) => condition.kind === 'is' && condition.label === 'archived')
  const found = runs.filter((run) => (wantsArchived || !run.labels.archived) && satisfies(filterable(run), conditions))
  const group = query.group === undefined ? undefined : parseColumn(query.group)
  const sorted = sortRuns(found, parseTableSorting(query.sort), group)
  return { runs: sorted.map(({ run }) => run), groups: group === undefined ? [] : groupsOf(sorted) }
}

interface Keyed {
  readonly run: TableRun
  readonly group: Cell
  readonly value: Cell
}

function sortRuns(runs: readonly TableRun[], sorting: TableSorting, group: Column | undefined): Keyed[] {
  const keyed = runs.map((run): Keyed => {
    return { run, group: group === undefined ? null : cellOf(run, group), value: sortValue(run, sorting.column) }
  })
  const sign = sorting.isDescending ? -1 : 1
  return keyed.sort(
    (a, b) =>
      compareCells(a.group, b.group, 1) ||
      Number(b.run.labels.pin) - Number(a.run.labels.pin) ||
      compareCells(a.value, b.value, sign) ||
      COLLATOR.compare(a.run.row.name, b.run.row.name),
  )
}

const COLLATOR = new Intl.Collator('en', { numeric: true })
const STATUS_ORDER = { running: 0, paused: 1, unknown: 2, silent: 3, idle: 4, finished: 5 }

function sortValue(run: TableRun, column: Column): Cell {
  if (column.kind === 'field' && column.name === 'status') return STATUS_ORDER[run.row.status]
  return cellOf(run, column)
}

/** Unknown values come last in both directions. */
function compareCells(a: Cell, b: Cell, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  if (typeof a === 'number' && typeof b === 'number') return sign * (a - b)
  return sign * COLLATOR.compare(String(a), String(b))
}

function groupsOf(sorted: readonly Keyed[]): TableGroup[] {
  const groups: { value: Cell; count: number }[] = []
  for (const { group } of sorted) {
    const last = groups.at(-1)
    if (last !== undefined && last.value === group) last.count++
    else groups.push({ value: group, count: 1 })
  }
  return groups
}
