import { messageOf, type RecipeEntry } from '@hotcb/protocol'
import { formatRecipe, readRecipe } from '@hotcb/recipe'
import { type Signal, signal } from '@preact/signals'
import type { RecipeFileText, RunRecipe } from '../../../shared/recipes.ts'
import { ask, runPath } from '../../api.ts'
import { sessionText } from '../../run/session-text.ts'
import { type Editor, edit, entriesOf, openEditor, type RowEdit, redo, replaceAll, undo } from './editor.ts'
import { type KeptDraft, readDraft, writeDraft } from './kept-draft.ts'
import { rebase } from './rebase.ts'

/** A recipe open in the editor. */
export interface OpenRecipe {
  /** Its file in the run directory; null for the run's own changes. */
  readonly file: string | null
  /** The version that was read; null for the run's own changes. */
  readonly stamp: string | null
  /** The entries before any edit. */
  readonly base: readonly RecipeEntry[]
  readonly editor: Editor
  /** Notes about lines that were left out. */
  readonly notes: readonly string[]
}

/** One run's recipes that are open in the editor. They are kept when its tab is closed or the page is reloaded. */
export interface RecipeStore {
  readonly open: Signal<OpenRecipe | undefined>
  /** Values of controls before the run changed them. */
  readonly starts: Signal<Readonly<Record<string, number>>>
  /** Why a recipe cannot be shown. */
  readonly problem: Signal<string>
  /** Why the last edit was refused. */
  readonly refusal: Signal<string>
  readonly chosen: Signal<ReadonlySet<number>>
  /** Opens a recipe, with the edits that the person made to it earlier. */
  show(file: string | null): Promise<void>
  /** Reads the open recipe again. The edits are transferred to the new version, or dropped. */
  readAgain(options: { readonly keepsEdits: boolean }): Promise<void>
  /** Makes an edit; returns false if it was refused. */
  edit(change: RowEdit): boolean
  replaceAll(entries: readonly RecipeEntry[]): void
  undo(): void
  redo(): void
  /** Records that the open recipe was saved, so that the file now contains the shown entries. */
  saved(file: RecipeFileText): void
}

export function createRecipeStore(id: string): RecipeStore {
  const open = signal<OpenRecipe | undefined>(undefined)
  const starts = signal<Readonly<Record<string, number>>>({})
  const problem = signal('')
  const refusal = signal('')
  const chosen = signal<ReadonlySet<number>>(new Set())
  const kept = sessionText(`hotcb-recipe ${id}`)
  const drafts = new Map<string, OpenRecipe>()
  let restored = readDraft(kept.read())
  let reads = 0

  function put(next: OpenRecipe): void {
    open.value = next
    refusal.value = ''
    drafts.set(next.file ?? '', next)
    keepChosen(chosen, next.editor)
    kept.write(next.editor.past.length === 0 ? null : writeDraft(next))
  }

  async function load(file: string | null, use: (read: OpenRecipe) => OpenRecipe): Promise<void> {
    const mine = ++reads
    try {
      const fresh = await readRecipeOf(id, file)
      if (mine !== reads) return
      starts.value = fresh.starts
      problem.value = ''
      put(use(fresh.recipe))
    } catch (error) {
      if (mine === reads) [problem.value, open.value] = [messageOf(error), undefined]
    }
  }

  function change(next: (editor: Editor) => Editor): void {
    const now = open.value
    if (now !== undefined) put({ ...now, editor: next(now.editor) })
  }

  return {
    open,
    starts,
    problem,
    refusal,
    chosen,
    async show(file) {
      if (open.value?.file === file) return
      chosen.value = new Set()
      const draft = drafts.get(file ?? '')
      if (draft !== undefined) {
        reads++
        problem.value = ''
        return put(draft)
      }
      const before = restored
      restored = undefined
      await load(file, (read) => (before?.file === file ? withDraft(read, before) : read))
    },
    async readAgain({ keepsEdits }) {
      const now = open.value
      if (now === undefined) return
      await load(now.file, (read) => (keepsEdits ? rebased(now, read) : read))
    },
    edit(change) {
      const now = open.value
      const edited = now === undefined ? undefined : edit(now.editor, change)
      if (now === undefined || edited === undefined) return false
      if (edited.ok) put({ ...now, editor: edited.value })
      else refusal.value = edited.reason
      return edited.ok
    },
    replaceAll: (entries) => change((editor) => replaceAll(editor, entries)),
    undo: () => change(undo),
    redo: () => change(redo),
    saved({ file, stamp, text }) {
      const now = open.value
      if (now === undefined) return
      drafts.delete(now.file ?? '')
      put(openRecipe({ file, stamp, text, notes: [] }))
    },
  }
}

// Removes dropped entries from the selection.
function keepChosen(chosen: Signal<ReadonlySet<number>>, { rows }: Editor): void {
  const ids = new Set(rows.map(({ id }) => id))
  if ([...chosen.value].every((one) => ids.has(one))) return
  chosen.value = new Set([...chosen.value].filter((one) => ids.has(one)))
}

async function readRecipeOf(
  id: string,
  file: string | null,
): Promise<{ readonly recipe: OpenRecipe; readonly starts: RunRecipe['starts'] }> {
  const path = file === null ? undefined : runPath(id, `recipes/${encodeURIComponent(file)}`)
  const [run, read] = await Promise.all([
    ask<RunRecipe>(runPath(id, 'recipe')),
    path === undefined ? undefined : ask<RecipeFileText>(path),
  ])
  const recipe =
    read === undefined
      ? openRecipe({ file: null, stamp: null, text: run.text, notes: run.notes })
      : openRecipe({ ...read, notes: [] })
  return { recipe, starts: run.starts }
}

function openRecipe(read: {
  readonly file: string | null
  readonly stamp: string | null
  readonly text: string
  readonly notes: readonly string[]
}): OpenRecipe {
  const { file, stamp, text, notes } = read
  const recipe = readRecipe(text, { file: file ?? 'the changes of the run' })
  if (!recipe.ok) throw new Error(recipe.reason)
  const { entries } = recipe.value
  return { file, stamp, base: entries, editor: openEditor(entries), notes }
}

function rebased(now: OpenRecipe, read: OpenRecipe): OpenRecipe {
  const moved = rebase(now.base, entriesOf(now.editor), read.base)
  if (!moved.ok) return { ...read, notes: [...read.notes, moved.reason] }
  const { entries, lost } = moved.value
  const isSame = formatRecipe(entries) === formatRecipe(entriesOf(read.editor))
  const notes = lost.map((note) => `an edit was lost because its entry is no longer in the recipe: ${note}`)
  return { ...read, editor: isSame ? read.editor : replaceAll(read.editor, entries), notes: [...read.notes, ...notes] }
}

// Restores the edits after the page was reloaded. They belong to the version of the recipe that was read before that.
function withDraft(read: OpenRecipe, draft: KeptDraft): OpenRecipe {
  const { base, entries, stamp } = draft
  const before = { ...read, stamp, base, editor: replaceAll(openEditor(base), entries) }
  return read.file === null ? rebased(before, read) : before
}
