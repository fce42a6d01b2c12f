import { describeDifference, diffRecipes } from '@hotcb/recipe'
import type { JSX } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { formatValue } from '../../../shared/describe.ts'
import type { RecipeFileRow } from '../../../shared/recipes.ts'
import { runPath } from '../../api.ts'
import { setView, viewParam } from '../../route.ts'
import { isViewer } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'
import { useRepeated } from '../../sweeps/use-repeated.ts'
import { entriesOf } from './editor.ts'
import { EntriesCard } from './entries-card.tsx'
import { ExportMenu } from './export-menu.tsx'
import { ImportDialog } from './import-dialog.tsx'
import { PreviewCard } from './preview-card.tsx'
import { QueueDialog } from './queue-dialog.tsx'
import './recipe.css'
import { createRecipeStore, type OpenRecipe, type RecipeStore } from './recipe-store.ts'
import { SaveDialog } from './save-dialog.tsx'

/** Shows the run's recipe, or another recipe in its directory: its effect over the steps, and all edits. */
export function RecipePanel(): JSX.Element {
  const run = useRun()
  const store = storeOf(run.id)
  const file = viewParam('recipe')
  useEffect(() => void store.show(file), [store, file])
  const files = useRepeated<{ readonly files: readonly RecipeFileRow[] }>(runPath(run.id, 'recipes'), 5000)?.files
  const open = store.open.value
  useUndoKeys(store)
  return (
    <div class="recipe">
      <SourceBar store={store} open={open} files={files} />
      {store.problem.value !== '' && (
        <div class="card empty" role="alert">
          <h2>This recipe cannot be shown</h2>
          <p>{store.problem.value}</p>
        </div>
      )}
      {open === undefined && store.problem.value === '' && <div class="card empty" aria-busy="true" />}
      {open !== undefined && (
        <>
          <OnDisk store={store} open={open} files={files} />
          <Notes notes={open.notes} />
          <PreviewCard store={store} open={open} />
          <EntriesCard store={store} open={open} />
          <Differences open={open} />
        </>
      )}
    </div>
  )
}

const stores = new Map<string, RecipeStore>()

// Edits are kept when the tab is closed.
function storeOf(id: string): RecipeStore {
  const known = stores.get(id)
  if (known !== undefined) return known
  const store = createRecipeStore(id)
  stores.set(id, store)
  return store
}

function SourceBar(props: {
  readonly store: RecipeStore
  readonly open: OpenRecipe | undefined
  readonly files: readonly RecipeFileRow[] | undefined
}): JSX.Element {
  const { store, open, files = [] } = props
  const [dialog, setDialog] = useState<'import' | 'save' | 'queue' | undefined>(undefined)
  const close = (): void => setDialog(undefined)
  const recipes = files.filter(({ kind }) => kind !== 'overlay')
  const file = viewParam('recipe') ?? ''
  const isNamed = file === '' || recipes.some((one) => one.file === file)
  const { past = [], future = [] } = open?.editor ?? {}
  return (
    <div class="toolbar recipe-bar">
      <select
        class="select"
        aria-label="Recipe"
        value={file}
        onChange={(event) => setView({ recipe: event.currentTarget.value || null })}
      >
        <option value="">Changes of this run</option>
        {!isNamed && <option value={file}>{file}</option>}
        {recipes.map((one) => (
          <option key={one.file} value={one.file}>
            {one.file}
          </option>
        ))}
      </select>
      <button type="button" class="button" disabled={past.length === 0} onClick={store.undo} title="Ctrl+Z">
        Undo
      </button>
      <button type="button" class="button" disabled={future.length === 0} onClick={store.redo} title="Ctrl+Shift+Z">
        Redo
      </button>
      <span class="spacer" />
      <button type="button" class="button" disabled={open === undefined} onClick={() => setDialog('import')}>
        Import
      </button>
      {open !== undefined && <ExportMenu open={open} />}
      {!isViewer() && (
        <>
          <button type="button" class="button" disabled={open === undefined} onClick={() => setDialog('save')}>
            Save
          </button>
          <button type="button" class="button primary" disabled={open === undefined} onClick={() => setDialog('queue')}>
            Schedule
          </button>
        </>
      )}
      {open !== undefined && dialog === 'import' && <ImportDialog store={store} open={open} onClose={close} />}
      {open !== undefined && dialog === 'save' && (
        <SaveDialog store={store} open={open} files={files} onClose={close} />
      )}
      {open !== undefined && dialog === 'queue' && <QueueDialog open={open} onClose={close} />}
    </div>
  )
}

/** Whether the file is still the version that was read. */
function OnDisk(props: {
  readonly store: RecipeStore
  readonly open: OpenRecipe
  readonly files: readonly RecipeFileRow[] | undefined
}): JSX.Element | null {
  const { store, open, files } = props
  const isEdited = open.editor.past.length > 0
  if (open.file === null) {
    return (
      <p class="muted small-text recipe-source">
        The changes of this run so far, from its ledger.{' '}
        <button type="button" class="button small quiet" onClick={() => void store.readAgain({ keepsEdits: true })}>
          Read again
        </button>
      </p>
    )
  }
  const now = files?.find(({ file }) => file === open.file)
  if (files === undefined || now?.stamp === open.stamp) return null
  if (now === undefined) {
    return (
      <p class="notice warn" role="alert">
        <code>{open.file}</code> was deleted since it was opened. <b>Save</b> creates it again.
      </p>
    )
  }
  return (
    <p class="notice warn" role="alert">
      <code>{open.file}</code> was changed on disk since it was opened.{' '}
      <button type="button" class="button small" onClick={() => void store.readAgain({ keepsEdits: true })}>
        {isEdited ? 'Reload it and keep my edits' : 'Reload it'}
      </button>{' '}
      {isEdited && (
        <button type="button" class="button small" onClick={() => void store.readAgain({ keepsEdits: false })}>
          Reload it and discard my edits
        </button>
      )}
    </p>
  )
}

function Notes({ notes }: { readonly notes: readonly string[] }): JSX.Element | null {
  if (notes.length === 0) return null
  return (
    <ul class="notice warn" aria-label="Notes">
      {notes.slice(0, 20).map((note) => (
        <li key={note}>{note}</li>
      ))}
      {notes.length > 20 && <li>and {notes.length - 20} more</li>}
    </ul>
  )
}

/** Shows the differences that the edits make. */
function Differences({ open }: { readonly open: OpenRecipe }): JSX.Element | null {
  const { base, editor } = open
  const differences = useMemo(() => diffRecipes(base, entriesOf(editor)), [base, editor])
  if (differences.length === 0) return null
  return (
    <section class="card panel" aria-label="Edits">
      <header>
        <h2>Edits</h2>
        <span class="muted">{differences.length === 1 ? '1 difference' : `${differences.length} differences`}</span>
      </header>
      <ul class="recipe-edits">
        {differences.slice(0, 200).map((difference, i) => {
          const { where, what, changes } = describeDifference(difference, { show: formatValue })
          return (
            // Two differences may be equal, so the key is the index.
            <li key={i} data-kind={difference.kind}>
              <b class="mono">{difference.kind === 'added' ? '+' : difference.kind === 'removed' ? '−' : '~'}</b>
              <span class="muted nowrap">{where}</span>
              <span class="mono">
                {what} {changes.join(', ')}
              </span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

function useUndoKeys(store: RecipeStore): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const act = actionOf(event)
      if (act === undefined) return
      event.preventDefault()
      store[act]()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [store])
}

function actionOf({ key, ctrlKey, metaKey, altKey, shiftKey, target }: KeyboardEvent): 'undo' | 'redo' | undefined {
  if (altKey || !(ctrlKey || metaKey)) return undefined
  // In a text field, the keys undo the typing. A dialog that is open has its own fields.
  if (target instanceof HTMLElement && target.closest(FIELDS) !== null) return undefined
  const letter = key.toLowerCase()
  if (letter === 'y') return 'redo'
  return letter === 'z' ? (shiftKey ? 'redo' : 'undo') : undefined
}

const FIELDS = 'input:not([type=checkbox]), textarea, select, dialog'
