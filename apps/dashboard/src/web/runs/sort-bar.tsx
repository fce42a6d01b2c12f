import type { JSX } from 'preact'
import { formatColumn, parseTableSorting } from '../../shared/table/column.ts'
import { setView, viewParam } from '../route.ts'
import { lookOf } from './columns.tsx'
import { nextSorting } from './table-head.tsx'

/** Selects and sorts runs on screens that are too narrow for the table header. */
export function SortBar(props: {
  readonly columns: readonly string[]
  readonly isAllSelected: boolean
  readonly onSelectAll: () => void
}): JSX.Element {
  const { columns, isAllSelected, onSelectAll } = props
  const sorting = parseTableSorting(viewParam('sort'))
  const sortedBy = formatColumn(sorting.column)
  const offered = ['name', ...columns].filter((column) => lookOf(column).isSortable)
  return (
    <div class="sort-bar">
      <label>
        <input
          type="checkbox"
          aria-label="Select all runs that match the filter"
          checked={isAllSelected}
          onChange={onSelectAll}
        />
        All
      </label>
      <span class="spacer" />
      <select
        class="select small"
        aria-label="Sort by"
        value={sortedBy}
        onChange={(event) => setView({ sort: nextSorting(event.currentTarget.value, false, sorting) })}
      >
        {(offered.includes(sortedBy) ? offered : [...offered, sortedBy]).map((column) => (
          <option key={column} value={column}>
            {lookOf(column).title}
          </option>
        ))}
      </select>
      <button
        type="button"
        class="button icon quiet"
        aria-label={sorting.isDescending ? 'Sort ascending' : 'Sort descending'}
        onClick={() => setView({ sort: nextSorting(sortedBy, true, sorting) })}
      >
        {sorting.isDescending ? '↓' : '↑'}
      </button>
    </div>
  )
}
