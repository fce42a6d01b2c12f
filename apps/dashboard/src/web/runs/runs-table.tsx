import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { formatValue } from '../../shared/describe.ts'
import { useNarrow } from '../parts/use-narrow.ts'
import { useRoving } from '../parts/use-roving.ts'
import { type RowStyle, VirtualRows } from '../parts/virtual-rows.tsx'
import { viewParam } from '../route.ts'
import { leastWidth, lookOf, tracksOf } from './columns.tsx'
import { cardHeight, RunCard } from './run-card.tsx'
import { showTogether } from './run-color.ts'
import { RunLine } from './run-line.tsx'
import { selection, setSelection } from './selection.ts'
import { SortBar } from './sort-bar.tsx'
import { wantSparklines } from './sparklines.ts'
import { TableHead } from './table-head.tsx'
import { type TableItem, tableItems } from './table-items.ts'
import { findAll, type TableState, wantRows } from './table-store.ts'
import { shownColumns, tableQuery } from './table-view.ts'

/** The runs: one row each, or one card each on a phone. */
export function RunsTable(props: {
  readonly known: TableState | undefined
  readonly body: { current: HTMLDivElement | null }
}): JSX.Element {
  const { known, body } = props
  const columns = shownColumns()
  const tracks = tracksOf(columns)
  const items = useMemo(() => tableItems(known?.found ?? 0, known?.groups ?? []), [known?.found, known?.groups])
  const isNarrow = useNarrow()
  useRoving(body, '.whole-row')
  const isAllSelected = known !== undefined && known.found > 0 && selection.value.size >= known.found
  const selectAll = (): void => {
    if (isAllSelected) setSelection([])
    else void findAll(tableQuery(), MOST_SELECTED).then(setSelection, () => undefined)
  }
  const onSight = useSight(known, columns)
  const rows = (
    <VirtualRows
      items={items}
      rowHeight={isNarrow ? cardHeight(columns) : ROW_HEIGHT}
      keyOf={(item) => keyOf(item, known)}
      onSight={onSight}
    >
      {(item, style, index) => {
        const place = isNarrow ? LIST_ITEM : { role: 'row' as const, 'aria-rowindex': index + 2 }
        if (item.kind === 'group') return <GroupHead item={item} style={style} place={place} />
        const row = known?.rows.get(item.place)
        if (row === undefined) return <div class="line" style={style} {...place} />
        return isNarrow ? (
          <RunCard of={row} columns={columns} style={style} />
        ) : (
          <RunLine of={row} columns={columns} tracks={tracks} style={style} index={index} />
        )
      }}
    </VirtualRows>
  )
  if (isNarrow) {
    return (
      <div class="card rows">
        <SortBar columns={columns} isAllSelected={isAllSelected} onSelectAll={selectAll} />
        <div ref={body} role="list" aria-label="Runs">
          {rows}
        </div>
      </div>
    )
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
    <div class="card rows scroll-x" role="region" aria-label="Table of runs" tabIndex={0}>
      <div
        role="table"
        aria-label="Runs"
        aria-rowcount={(known?.found ?? 0) + 1}
        style={{ minWidth: `${leastWidth(columns)}px` }}
      >
        <TableHead columns={columns} tracks={tracks} isAllSelected={isAllSelected} onSelectAll={selectAll} />
        <div ref={body} role="rowgroup">
          {rows}
        </div>
      </div>
    </div>
  )
}

/** A row's attributes for assistive technology. */
type Place = { readonly role: 'row'; readonly 'aria-rowindex': number } | { readonly role: 'listitem' }

const LIST_ITEM = { role: 'listitem' } as const
const ROW_HEIGHT = 36
const MOST_SELECTED = 5000

/** Loads what the visible runs need, and gives them different colours. */
function useSight(known: TableState | undefined, columns: readonly string[]): (seen: readonly TableItem[]) => void {
  const inSight = useRef<readonly number[]>([])
  const distinguish = (): void => showTogether(inSight.current.flatMap((place) => known?.rows.get(place)?.row.id ?? []))
  // This runs before the browser paints, so that no colour visibly changes.
  useLayoutEffect(distinguish, [known?.rows])
  useEffect(() => {
    if (columns.includes('course')) wantSparklines([...(known?.rows.values() ?? [])].slice(0, 60).map(({ row }) => row))
  }, [known?.rows])
  return (seen) => {
    const places = seen.flatMap((item) => (item.kind === 'run' ? [item.place] : []))
    inSight.current = places
    distinguish()
    wantRows(places[0] ?? 0, (places.at(-1) ?? 0) + 1)
    if (columns.includes('course')) wantSparklines(places.flatMap((place) => known?.rows.get(place)?.row ?? []))
  }
}

/** Returns the key of a row. It is the run, so that a click never lands in the row of another run when the order changes. */
function keyOf(item: TableItem, known: TableState | undefined): string {
  if (item.kind === 'group') return `group ${item.at}`
  const id = known?.rows.get(item.place)?.row.id
  return id === undefined ? `place ${item.place}` : `run ${id}`
}

function GroupHead(props: {
  readonly item: TableItem & { readonly kind: 'group' }
  readonly style: RowStyle
  readonly place: Place
}): JSX.Element {
  const { item, style, place } = props
  const { value, count } = item.group
  const { title } = lookOf(viewParam('group') ?? '')
  return (
    <div class="line group-head" style={style} {...place}>
      <span role={place.role === 'row' ? 'cell' : undefined}>
        <span class="muted">{title}</span> <b>{value === null ? 'none' : formatValue(value)}</b>{' '}
        <span class="muted">{count === 1 ? '1 run' : `${count} runs`}</span>
      </span>
    </div>
  )
}
