import type { JSX } from 'preact'
import { formatColumn, parseTableSorting } from '../../shared/table/column.ts'
import { setView, viewParam } from '../route.ts'
import { lookOf } from './columns.tsx'

/** The table header. A click sorts by a column, and a second click reverses the order. */
export function TableHead(props: {
  readonly columns: readonly string[]
  readonly tracks: string
  readonly isAllSelected: boolean
  readonly onSelectAll: () => void
}): JSX.Element {
  const { columns, tracks, isAllSelected, onSelectAll } = props
  const sorting = parseTableSorting(viewParam('sort'))
  const sortedBy = formatColumn(sorting.column)
  return (
    <div role="rowgroup">
      <div class="row-grid head" role="row" aria-rowindex={1} style={{ gridTemplateColumns: tracks }}>
        <span role="columnheader">
          <input
            type="checkbox"
            aria-label="Select all runs that match the filter"
            checked={isAllSelected}
            onChange={onSelectAll}
          />
        </span>
        <span role="columnheader">
          <span class="visually-hidden">Star</span>
        </span>
        {['name', ...columns].map((column) => {
          const { title, isNumber, isSortable } = lookOf(column)
          const isSorted = column === sortedBy
          const direction = sorting.isDescending ? 'descending' : 'ascending'
          return (
            <span
              key={column}
              role="columnheader"
              class={`cut ${isNumber ? 'number' : ''}`}
              aria-sort={isSorted ? direction : undefined}
            >
              {isSortable ? (
                <button
                  type="button"
                  title={title}
                  onClick={() => setView({ sort: nextSorting(column, isSorted, sorting) })}
                >
                  {title}
                  {isSorted ? (sorting.isDescending ? ' ↓' : ' ↑') : ''}
                </button>
              ) : (
                title
              )}
            </span>
          )
        })}
      </div>
    </div>
  )
}

const ASCENDING = new Set(['name', 'status', 'key', 'tags', 'notes', 'config'])

/** Returns the sort order after a click on a column. A new column starts with its best or newest values. */
export function nextSorting(
  column: string,
  isSorted: boolean,
  { isDescending }: { readonly isDescending: boolean },
): string {
  const descends = isSorted ? !isDescending : !ASCENDING.has(column) && !/loss/i.test(column)
  return descends ? `-${column}` : column
}
