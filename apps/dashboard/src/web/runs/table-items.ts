import type { TableGroup } from '../../shared/table/table-wire.ts'

/** What is at one place of the list: the head of a group, or a run by its place in the order of the table. */
export type TableItem =
  | { readonly kind: 'group'; readonly group: TableGroup; readonly at: number }
  | { readonly kind: 'run'; readonly place: number }

/** The list of a table of `found` runs, each group with a head. */
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
