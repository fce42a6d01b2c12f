import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { NewRunButton } from '../launcher/new-run-button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { useFocusKey } from '../parts/focus-key.ts'
import { ViewsMenu } from '../parts/views-menu.tsx'
import { goTo, runHref, setView, viewParam } from '../route.ts'
import { labelProblem } from './change-labels.ts'
import { lookOf } from './columns.tsx'
import { ColumnsForm } from './columns-dialog.tsx'
import { RunsTable } from './runs-table.tsx'
import { SelectionBar } from './selection-bar.tsx'
import { followSparklines } from './sparklines.ts'
import { findAll, followTable, setTableQuery, type TableState, table, tableProblem } from './table-store.ts'
import { currentView, shownColumns, showView, tableQuery } from './table-view.ts'
import './runs.css'

/** Shows the table of all runs. */
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
        <RunsTable known={known} body={body} />
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

function countText({ found, total, unread }: TableState): string {
  const runs = total === 1 ? '1 run' : `${total} runs`
  const count = found === total ? runs : `${found} of ${runs}`
  return unread === 0 ? count : `${count}, ${unread} not read yet`
}

function NoRuns({ isFiltered }: { readonly isFiltered: boolean }): JSX.Element {
  return isFiltered ? (
    <div class="card empty">
      <h2>No run matches this filter</h2>
      <button type="button" class="button" onClick={() => setView({ q: null })}>
        Show all runs
      </button>
    </div>
  ) : (
    <div class="card empty">
      <h2>No runs yet</h2>
      <p>A run appears here as soon as a training run writes to a directory that this server serves. To try it:</p>
      <pre>hotcb demo</pre>
    </div>
  )
}
