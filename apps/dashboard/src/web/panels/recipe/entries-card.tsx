import type { JSX } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { useNarrow } from '../../parts/use-narrow.ts'
import { VirtualRows } from '../../parts/virtual-rows.tsx'
import { useRun } from '../../run/run-context.ts'
import { stepOf } from '../../staged/apply-staged.ts'
import { problemsOf } from './check-entries.ts'
import { type EditorRow, entriesOf } from './editor.ts'
import { EntryDialog } from './entry-dialog.tsx'
import { EntryRow } from './entry-row.tsx'
import type { OpenRecipe, RecipeStore } from './recipe-store.ts'
import { ShiftBar } from './shift-bar.tsx'

/** Shows the entries of a recipe in order, each with its problem. */
export function EntriesCard({ store, open }: { readonly store: RecipeStore; readonly open: OpenRecipe }): JSX.Element {
  const { detail } = useRun()
  const { rows } = open.editor
  const [editing, setEditing] = useState<EditorRow | 'new' | undefined>(undefined)
  const { controls, modules, state } = detail.value ?? {}
  const known = JSON.stringify([controls?.map(({ current: _, state: __, ...rule }) => rule), modules, state?.modules])
  const problems = useMemo(() => problemsOf(entriesOf(open.editor), detail.value), [open.editor, known])
  const reached = stepOf(detail.value)
  const list = useRef<HTMLDivElement>(null)
  useKeptFocus(list, rows)
  const isNarrow = useNarrow()
  return (
    <section class="card panel" aria-label="Entries">
      <header>
        <h2>Entries</h2>
        <span class="muted" role="status">
          {summaryOf(rows.length, problems.size)}
        </span>
        <span class="spacer" />
        <button type="button" class="button small" onClick={() => setEditing('new')}>
          Insert
        </button>
      </header>
      <ShiftBar store={store} rows={rows} />
      {store.refusal.value !== '' && (
        <p class="issue" role="alert">
          {store.refusal.value}
        </p>
      )}
      {rows.length === 0 && (
        <p class="muted">
          No entries. <b>Insert</b> adds one, <b>Import</b> reads a recipe, and <code>hotcb set lr=0.01</code> makes a
          change that is recorded here.
        </p>
      )}
      {rows.length > 0 && (
        <div ref={list} role="list" aria-label="Entries of the recipe" class="recipe-entries">
          <VirtualRows items={rows} rowHeight={isNarrow ? 104 : 52} keyOf={({ id }) => id}>
            {(row, style, index) => (
              <EntryRow
                store={store}
                row={row}
                index={index}
                style={style}
                problem={problems.get(index)}
                isPast={reached !== null && Math.max(0, row.entry.at.step) < reached}
                onEdit={() => setEditing(row)}
              />
            )}
          </VirtualRows>
        </div>
      )}
      {editing !== undefined && (
        <EntryDialog
          row={editing === 'new' ? undefined : editing}
          onSave={(entry) =>
            editing === 'new'
              ? store.edit({ kind: 'insert', entries: [entry] })
              : store.edit({ kind: 'replace', id: editing.id, entry })
          }
          onClose={() => setEditing(undefined)}
        />
      )}
    </section>
  )
}

function summaryOf(entries: number, problems: number): string {
  const all = entries === 1 ? '1 entry' : `${entries} entries`
  if (problems === 0) return all
  return `${all}, ${problems === 1 ? '1 does not match this run' : `${problems} do not match this run`}`
}

// A row that changes its position in the list loses focus, so the focus is set again.
function useKeptFocus(list: { readonly current: HTMLElement | null }, rows: readonly EditorRow[]): void {
  const last = useRef<string | undefined>(undefined)
  useEffect(() => {
    const element = list.current
    if (element === null) return
    const keep = (event: FocusEvent): void => {
      const row = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>('[data-entry]') : null
      last.current =
        event.target instanceof HTMLElement && event.target.matches('.what') ? row?.dataset['entry'] : undefined
    }
    element.addEventListener('focusin', keep)
    return () => element.removeEventListener('focusin', keep)
  }, [rows.length === 0])
  useEffect(() => {
    if (last.current === undefined || document.activeElement !== document.body) return
    list.current?.querySelector<HTMLElement>(`[data-entry="${last.current}"] .what`)?.focus()
  }, [rows])
}
