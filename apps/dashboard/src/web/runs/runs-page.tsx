import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { formatValue } from '../../shared/describe.ts'
import { NewRunButton } from '../launcher/new-run-button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { useFocusKey } from '../parts/focus-key.ts'
import { useRoving } from '../parts/use-roving.ts'
import { ViewsMenu } from '../parts/views-menu.tsx'
import { VirtualRows } from '../parts/virtual-rows.tsx'
import { goTo, runHref, setView, viewParam } from '../route.ts'
import { labelProblem } from './change-labels.ts'
import { leastWidth, lookOf, tracksOf } from './columns.tsx'
import { ColumnsForm } from './columns-dialog.tsx'
import { showTogether } from './run-color.ts'
import { RunLine } from './run-line.tsx'
import { selection, setSelection } from './selection.ts'
import { SelectionBar } from './selection-bar.tsx'
import { followSparklines, wantSparklines } from './sparklines.ts'
import { TableHead } from './table-head.tsx'
import { type TableItem, tableItems } from './table-items.ts'
import { findAll, followTable, setTableQuery, type TableState, table, tableProblem, wantRows } from './table-store.ts'
import { currentView, shownColumns, showView, tableQuery } from './table-view.ts'
import './runs.css'

/** The table of all runs. */
export function RunsPage(): JSX.Element {
  useEffect(followTable, [])
  useEffect(followSparklines, [])
  useEffect(() => {
    document.title = 'Runs · hotcb'
  }, [])
  const query = tableQuery()
  useEffect(() => setTableQuery(query), [JSON.stringify(query)])
  const body = useRef<HTMLDivElement>(null)
  const known = table.value
  const problems = [...(known?.problems ?? []), tableProblem.value, labelProblem.value].filter((text) => text !== null)
  return (
    <main class="page" id="main">
      <h1 class="visually-hidden">Runs</h1>
      {problems.map((problem) => (
        <p class="notice warn" role="status" key={problem}>
          {problem}
        </p>
      ))}
      <TableToolbar known={known} body={body} />
      <SelectionBar rows={known?.rows.values() ?? []} />
      {known !== undefined && known.found === 0 && known.unread === 0 ? (
        <NoRuns isFiltered={known.total > 0} />
      ) : (
        <Table known={known} body={body} />
      )}
    </main>
  )
}

function TableToolbar(props: {
  readonly known: TableState | undefined
  readonly body: { readonly current: HTMLDivElement | null }
}): JSX.Element {
  const { known, body } = props
  const search = useRef<HTMLInputElement>(null)
  const [isChoosing, setIsChoosing] = useState(false)
  const filter = viewParam('q') ?? ''
  useFocusKey('/', search)
  const openFirst = async (): Promise<void> => {
    const [first] = await findAll(tableQuery(), 1).catch(() => [])
    if (first !== undefined) goTo(runHref(first))
  }
  return (
    <div class="toolbar" role="search">
      <input
        ref={search}
        class="input search"
        type="search"
        placeholder="Filter: status:running tag:good lr>=0.01"
        aria-label="Filter runs"
        value={filter}
        onInput={(event) => setView({ q: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key === 'Enter') void openFirst()
          else if (event.key === 'ArrowDown') body.current?.querySelector<HTMLElement>('.whole-row')?.focus()
        }}
      />
      <span class="muted" role="status">
        {known === undefined ? 'Looking for runs…' : countText(known)}
      </span>
      <span class="spacer" />
      <ViewsMenu
        path="views"
        now={currentView()}
        plain="All runs"
        content="filter, order, columns and groups"
        onShow={showView}
      />
      <GroupChoice />
      <button type="button" class="button" onClick={() => setIsChoosing(true)}>
        Columns
      </button>
      <NewRunButton />
      {isChoosing && (
        <Dialog title="Columns" onClose={() => setIsChoosing(false)}>
          <ColumnsForm />
        </Dialog>
      )}
    </div>
  )
}

function GroupChoice(): JSX.Element {
  const group = viewParam('group') ?? ''
  const offered = ['tags', 'status', 'config', 'seed', ...shownColumns().filter((column) => column.startsWith('p:'))]
  const all = group === '' || offered.includes(group) ? offered : [...offered, group]
  return (
    <select
      class="select"
      aria-label="Group by"
      value={group}
      onChange={(event) => setView({ group: event.currentTarget.value }, true)}
    >
      <option value="">No groups</option>
      {all.map((column) => (
        <option key={column} value={column}>
          Group by {lookOf(column).title.toLowerCase()}
        </option>
      ))}
    </select>
  )
}

function Table(props: {
  readonly known: TableState | undefined
  readonly body: { current: HTMLDivElement | null }
}): JSX.Element {
  const { known, body } = props
  const columns = shownColumns()
  const tracks = tracksOf(columns)
  const items = useMemo(() => tableItems(known?.found ?? 0, known?.groups ?? []), [known?.found, known?.groups])
  useRoving(body, '.whole-row')
  const isAllSelected = known !== undefined && known.found > 0 && selection.value.size >= known.found
  const selectAll = (): void => {
    if (isAllSelected) setSelection([])
    else void findAll(tableQuery(), MOST_SELECTED).then(setSelection, () => undefined)
  }
  const inSight = useRef<readonly number[]>([])
  const distinguish = (): void => showTogether(inSight.current.flatMap((place) => known?.rows.get(place)?.row.id ?? []))
  // Before the picture, so that no color is seen to change.
  useLayoutEffect(distinguish, [known?.rows])
  const onSight = (seen: readonly TableItem[]): void => {
    const places = seen.flatMap((item) => (item.kind === 'run' ? [item.place] : []))
    inSight.current = places
    distinguish()
    wantRows(places[0] ?? 0, (places.at(-1) ?? 0) + 1)
    if (columns.includes('course')) wantSparklines(places.flatMap((place) => known?.rows.get(place)?.row ?? []))
  }
  useEffect(() => {
    if (columns.includes('course')) wantSparklines([...(known?.rows.values() ?? [])].slice(0, 60).map(({ row }) => row))
  }, [known?.rows])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <div class="card rows scroll-x" role="region" aria-label="Table of runs" tabIndex={0}>
      <div
        role="table"
        aria-label="Runs"
        aria-rowcount={(known?.found ?? 0) + 1}
        style={{ minWidth: `${leastWidth(columns)}px` }}
      >
        <TableHead columns={columns} tracks={tracks} isAllSelected={isAllSelected} onSelectAll={selectAll} />
        <div ref={body} role="rowgroup">
          <VirtualRows items={items} rowHeight={ROW_HEIGHT} keyOf={(item) => keyOf(item, known)} onSight={onSight}>
            {(item, style, index) => {
              if (item.kind === 'group') return <GroupHead item={item} style={style} index={index} />
              const row = known?.rows.get(item.place)
              if (row === undefined) return <div class="line" role="row" aria-rowindex={index + 2} style={style} />
              return <RunLine of={row} columns={columns} tracks={tracks} style={style} index={index} />
            }}
          </VirtualRows>
        </div>
      </div>
    </div>
  )
}

const ROW_HEIGHT = 36
const MOST_SELECTED = 5000

/** A row follows its run when the order changes, so that a click never lands in a row of another run. */
function keyOf(item: TableItem, known: TableState | undefined): string {
  if (item.kind === 'group') return `group ${item.at}`
  const id = known?.rows.get(item.place)?.row.id
  return id === undefined ? `place ${item.place}` : `run ${id}`
}

function GroupHead(props: {
  readonly item: TableItem & { readonly kind: 'group' }
  readonly style: { readonly top: string; readonly height: string }
  readonly index: number
}): JSX.Element {
  const { value, count } = props.item.group
  return (
    <div class="line group-head" role="row" aria-rowindex={props.index + 2} style={props.style}>
      <span role="cell">
        <b>{value === null ? 'none' : formatValue(value)}</b>{' '}
        <span class="muted">{count === 1 ? '1 run' : `${count} runs`}</span>
      </span>
    </div>
  )
}

function countText({ found, total, unread }: TableState): string {
  const runs = total === 1 ? '1 run' : `${total} runs`
  const count = found === total ? runs : `${found} of ${runs}`
  return unread === 0 ? count : `${count}, ${unread} still to be read`
}

function NoRuns({ isFiltered }: { readonly isFiltered: boolean }): JSX.Element {
  return isFiltered ? (
    <div class="card empty">
      <h2>No run fits this filter</h2>
      <button type="button" class="button" onClick={() => setView({ q: null })}>
        Show all runs
      </button>
    </div>
  ) : (
    <div class="card empty">
      <h2>No runs yet</h2>
      <p>A run appears here as soon as a training run writes into a directory that this server shows. To see one:</p>
      <pre>hotcb demo</pre>
    </div>
  )
}
