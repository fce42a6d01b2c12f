import type { JSX } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { NewRunButton } from '../launcher/new-run-button.tsx'
import { useFocusKey } from '../parts/focus-key.ts'
import { useRoving } from '../parts/use-roving.ts'
import { VirtualRows } from '../parts/virtual-rows.tsx'
import { goTo, runHref, setView, viewParam } from '../route.ts'
import { RunLine } from './run-line.tsx'
import { followRuns, problems, rows, wantSparklines } from './runs-store.ts'
import { arrange, parseSorting, type SortKey } from './sorting.ts'
import './runs.css'

/** The table of all runs. */
export function RunsPage(): JSX.Element {
  useEffect(followRuns, [])
  useEffect(() => {
    document.title = 'Runs · hotcb'
  }, [])
  const search = useRef<HTMLInputElement>(null)
  const body = useRef<HTMLDivElement>(null)
  const filter = viewParam('q') ?? ''
  const sorting = parseSorting(viewParam('sort'))
  const known = rows.value
  const found = useMemo(
    () => arrange(known?.values() ?? [], filter, sorting),
    [known, filter, sorting.key, sorting.isDescending],
  )
  useFocusKey('/', search)
  useRoving(body, '.whole-row')
  return (
    <main class="page" id="main">
      <h1 class="visually-hidden">Runs</h1>
      {problems.value.map((problem) => (
        <p class="notice warn" key={problem}>
          {problem}
        </p>
      ))}
      <div class="toolbar" role="search">
        <input
          ref={search}
          class="input search"
          type="search"
          placeholder="Filter runs, or status:running"
          aria-label="Filter runs"
          value={filter}
          onInput={(event) => setView({ q: event.currentTarget.value })}
          onKeyDown={(event) => {
            const [first] = found
            if (event.key === 'Enter' && first !== undefined) goTo(runHref(first.id))
            else if (event.key === 'ArrowDown') body.current?.querySelector<HTMLElement>('.whole-row')?.focus()
          }}
        />
        <span class="muted" role="status">
          {known === undefined ? 'Looking for runs…' : countText(found.length, known.size)}
        </span>
        <span class="spacer" />
        <NewRunButton />
      </div>
      {known !== undefined && found.length === 0 ? (
        <NoRuns isFiltered={known.size > 0} />
      ) : (
        <div class="card rows" role="table" aria-label="Runs" aria-rowcount={found.length + 1}>
          <Head sorting={sorting} />
          <div ref={body} role="rowgroup">
            <VirtualRows
              items={found}
              rowHeight={56}
              keyOf={(row) => row.id}
              onSight={(seen) => wantSparklines(seen.map((row) => row.id))}
            >
              {(row, style, index) => <RunLine row={row} style={style} index={index} />}
            </VirtualRows>
          </div>
        </div>
      )}
    </main>
  )
}

const COLUMNS: readonly (readonly [key: SortKey | '', title: string, look: string])[] = [
  ['name', 'Run', ''],
  ['status', 'State', ''],
  ['key', 'Key metric', 'number'],
  ['step', 'Step', 'number drop'],
  ['', 'Course', 'drop'],
  ['change', 'Last change', ''],
  ['updated', 'Seen', 'number'],
]

function Head({ sorting }: { readonly sorting: ReturnType<typeof parseSorting> }): JSX.Element {
  return (
    <div role="rowgroup">
      <div class="row-grid runs-grid head" role="row" aria-rowindex={1}>
        {COLUMNS.map(([key, title, look]) => {
          const isSorted = key === sorting.key
          const direction = sorting.isDescending ? 'descending' : 'ascending'
          return (
            <span key={title} role="columnheader" class={look} aria-sort={isSorted ? direction : undefined}>
              {key === '' ? (
                title
              ) : (
                <button type="button" onClick={() => setView({ sort: nextSorting(key, sorting) })}>
                  {title}
                  {isSorted ? (sorting.isDescending ? ' ↓' : ' ↑') : ''}
                </button>
              )}
            </span>
          )
        })}
      </div>
    </div>
  )
}

function nextSorting(key: SortKey, { key: now, isDescending }: ReturnType<typeof parseSorting>): string {
  const startsDescending = key !== 'name' && key !== 'status' && key !== 'key'
  return (key === now ? !isDescending : startsDescending) ? `-${key}` : key
}

function countText(found: number, all: number): string {
  const runs = all === 1 ? '1 run' : `${all} runs`
  return found === all ? runs : `${found} of ${runs}`
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
      <p>A run appears here as soon as a training writes into a directory that is served. To see one:</p>
      <pre>hotcb demo</pre>
    </div>
  )
}
