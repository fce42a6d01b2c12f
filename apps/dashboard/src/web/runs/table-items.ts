import type { TableGroup } from '../../shared/table/table-wire.ts'

/** A list item: a group's header, or a run by its position in the table. */
export type TableItem =
  | { readonly kind: 'group'; readonly group: TableGroup; readonly at: number }
  | { readonly kind: 'run'; readonly place: number }

/** Returns the items of a table of `found` runs. Each group has a header. */
export function tableItems(found: number, groups: readonly TableGroup[]): readonly TableItem[] {
  const run = (place: number): TableItem => ({ kind: 'run', place })
  if (groups.length === 0) return Array.from({ length: found }, (_, place) => run(place))
  const items: TableItem[] = []
  let place = 0
  for (const [at, group] of groups.entries()) {
    items.push({ kind: 'group', group, at })
    for (const end = place + group.count; place < end; place++) items.push(run(place))
  }
  return items
}
