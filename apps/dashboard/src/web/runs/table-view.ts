import { DEFAULT_COLUMNS, parseColumn } from '../../shared/table/column.ts'
import type { TableQuery } from '../../shared/table/table-wire.ts'
import { unescaped } from '../parts/unescaped.ts'
import { queryOf, setView, showQuery, viewParam } from '../route.ts'

/** The address parameters that describe a view of the table. A saved view contains them. */
export const VIEW_PARAMS = ['q', 'sort', 'cols', 'group'] as const

/** Returns the table view in the address. */
export function tableQuery(): TableQuery {
  const [filter, sort, group] = [viewParam('q') ?? '', viewParam('sort'), viewParam('group')]
  return {
    columns: shownColumns(),
    ...(filter !== '' && { filter }),
    ...(sort !== null && parseColumn(sort.replace(/^-/, '')) !== undefined && { sort }),
    ...(group !== null && parseColumn(group) !== undefined && { group }),
  }
}

/** Returns the columns in the address, or the default ones. The run's name always comes first and is not listed. */
export function shownColumns(): readonly string[] {
  const text = viewParam('cols')
  if (text === null) return DEFAULT_COLUMNS
  return text
    .split(',')
    .map(unescaped)
    .filter((column) => column !== 'name' && parseColumn(column) !== undefined)
}

/** Sets the columns. */
export function setColumns(columns: readonly string[]): void {
  const isDefault = columns.join() === DEFAULT_COLUMNS.join()
  setView({ cols: isDefault ? null : columns.map(encodeURIComponent).join(',') || '-' })
}

/** Returns the current view, in the form of a saved view. */
export function currentView(): string {
  return queryOf(VIEW_PARAMS)
}

/** Shows a saved view. */
export function showView(query: string): void {
  showQuery(query, VIEW_PARAMS)
}
