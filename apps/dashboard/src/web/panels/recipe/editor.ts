import { ok, type RecipeEntry, type Result } from '@hotcb/protocol'
import { editRecipe, inPlanOrder, type RecipeEdit } from '@hotcb/recipe'

/** An entry in the editor. Its id does not change when it is edited. */
export interface EditorRow {
  readonly id: number
  readonly entry: RecipeEntry
}

/** The state of a recipe in the editor, with its undo history. */
export interface Editor {
  readonly rows: readonly EditorRow[]
  readonly past: readonly (readonly EditorRow[])[]
  readonly future: readonly (readonly EditorRow[])[]
  readonly nextId: number
}

/** An edit, which refers to entries by their ids. */
export type RowEdit =
  | { readonly kind: 'insert'; readonly entries: readonly RecipeEntry[] }
  | { readonly kind: 'drop'; readonly ids: readonly number[] }
  | { readonly kind: 'shift'; readonly ids: readonly number[]; readonly steps: number }
  | { readonly kind: 'reorder'; readonly id: number; readonly by: -1 | 1 }
  | { readonly kind: 'replace'; readonly id: number; readonly entry: RecipeEntry }

const MOST_UNDONE = 200

/** Creates the editor for a recipe, with nothing to undo. */
export function openEditor(entries: readonly RecipeEntry[]): Editor {
  const rows = inPlanOrder(entries).map((entry, id) => ({ id, entry }))
  return { rows, past: [], future: [], nextId: rows.length }
}

/** Makes an edit that can be undone. If it is refused, nothing changes. */
export function edit(editor: Editor, change: RowEdit): Result<Editor> {
  const edited = editRecipe(entriesOf(editor), byIndex(editor, change))
  if (!edited.ok) return edited
  const { entries, origins } = edited.value
  let { nextId } = editor
  const rows = entries.map((entry, i): EditorRow => {
    const id = editor.rows[origins[i] ?? -1]?.id ?? nextId++
    return { id, entry }
  })
  return ok({ ...withRows(editor, rows), nextId })
}

/** Replaces all entries, as one edit. */
export function replaceAll(editor: Editor, entries: readonly RecipeEntry[]): Editor {
  const { nextId } = editor
  const rows = inPlanOrder(entries).map((entry, i) => ({ id: nextId + i, entry }))
  return { ...withRows(editor, rows), nextId: nextId + rows.length }
}

export function undo(editor: Editor): Editor {
  const { rows, past, future } = editor
  const before = past.at(-1)
  return before === undefined ? editor : { ...editor, rows: before, past: past.slice(0, -1), future: [rows, ...future] }
}

export function redo(editor: Editor): Editor {
  const { rows, past, future } = editor
  const [next, ...rest] = future
  return next === undefined ? editor : { ...editor, rows: next, past: [...past, rows], future: rest }
}

export function entriesOf({ rows }: Editor): readonly RecipeEntry[] {
  return rows.map(({ entry }) => entry)
}

function withRows(editor: Editor, rows: readonly EditorRow[]): Editor {
  return { ...editor, rows, past: [...editor.past, editor.rows].slice(-MOST_UNDONE), future: [] }
}

function byIndex({ rows }: Editor, change: RowEdit): RecipeEdit {
  const places = new Map(rows.map(({ id }, i) => [id, i]))
  const indexOf = (id: number): number => places.get(id) ?? rows.length
  switch (change.kind) {
    case 'insert':
      return change
    case 'drop':
      return { kind: 'drop', at: change.ids.map(indexOf) }
    case 'shift':
      return { kind: 'shift', at: change.ids.map(indexOf), steps: change.steps }
    case 'reorder':
      return { kind: 'reorder', at: indexOf(change.id), by: change.by }
    case 'replace':
      return { kind: 'replace', at: indexOf(change.id), entry: change.entry }
  }
}
