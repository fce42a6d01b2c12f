import { ok, type RecipeEntry, type Result, refused } from '@hotcb/protocol'
import { moveEntry } from './overlay.ts'
import { comparePlanPlaces } from './plan-order.ts'

/** One edit that a person makes to a recipe. `at` contains entry indices. */
export type RecipeEdit =
  | { readonly kind: 'insert'; readonly entries: readonly RecipeEntry[] }
  | { readonly kind: 'drop'; readonly at: readonly number[] }
  /** Ramps move with their entries; a moved entry loses its `call`. */
  | { readonly kind: 'shift'; readonly at: readonly number[]; readonly steps: number }
  /** Moves an entry past its neighbour in the same step: -1 moves it earlier, 1 later. */
  | { readonly kind: 'reorder'; readonly at: number; readonly by: -1 | 1 }
  | { readonly kind: 'replace'; readonly at: number; readonly entry: RecipeEntry }

/** A recipe after an edit. */
export interface EditedRecipe {
  /** The entries in the order of a plan. */
  readonly entries: readonly RecipeEntry[]
  /** The index that each entry had before; null if it is new. */
  readonly origins: readonly (number | null)[]
}

/**
 * Edits a recipe, completely or not at all. The input need not be in the order of a plan; the result is.
 *
 * An edit is rejected if an entry would be before step 0 (-1 with `end`), if an index does not exist, or if an entry
 * has no neighbour in its step to pass. An entry that is moved past another one gets that entry's event and call, so
 * that it really comes before or after it.
 */
export function editRecipe(entries: readonly RecipeEntry[], edit: RecipeEdit): Result<EditedRecipe> {
  const rows: readonly Row[] = entries.map((entry, origin) => ({ entry, origin }))
  const missing = indicesOf(edit).find((index) => entries[index] === undefined)
  if (missing !== undefined) return refused(`entry ${missing + 1} does not exist: there are ${entries.length}`)
  const edited = apply(rows, edit)
  if (!edited.ok) return edited
  const sorted = [...edited.value].sort((a, b) => comparePlanPlaces(a.entry.at, b.entry.at))
  return ok({ entries: sorted.map(({ entry }) => entry), origins: sorted.map(({ origin }) => origin) })
}

interface Row {
  readonly entry: RecipeEntry
  readonly origin: number | null
}

function indicesOf(edit: RecipeEdit): readonly number[] {
  if (edit.kind === 'insert') return []
  return typeof edit.at === 'number' ? [edit.at] : edit.at
}

function apply(rows: readonly Row[], edit: RecipeEdit): Result<readonly Row[]> {
  switch (edit.kind) {
    case 'insert':
      return ok([...rows, ...edit.entries.map((entry) => ({ entry, origin: null }))])
    case 'drop': {
      const dropped = new Set(edit.at)
      return ok(rows.filter((_, i) => !dropped.has(i)))
    }
    case 'shift':
      return shift(rows, new Set(edit.at), edit.steps)
    case 'replace':
      return ok(rows.map((row, i) => (i === edit.at ? { ...row, entry: edit.entry } : row)))
    case 'reorder':
      return reorder(rows, edit.at, edit.by)
  }
}

function shift(rows: readonly Row[], at: ReadonlySet<number>, steps: number): Result<readonly Row[]> {
  if (!Number.isSafeInteger(steps)) return refused(`the steps to shift by must be a whole number, got ${steps}`)
  const moved = rows.map((row, i) => (at.has(i) ? { ...row, entry: moveEntry(row.entry, steps) } : row))
  for (const i of at) {
    const { step, end } = rows[i]?.entry.at ?? { step: 0 }
    const lowest = end === true ? -1 : 0
    if (step + steps < lowest) {
      return refused(`entry ${i + 1} is at step ${step}: it cannot be shifted by ${steps}, below step ${lowest}`)
    }
  }
  return ok(moved)
}

function reorder(rows: readonly Row[], at: number, by: -1 | 1): Result<readonly Row[]> {
  const order = rows.map((_, i) => i).sort((a, b) => comparePlanPlaces(placeOf(rows, a), placeOf(rows, b)) || a - b)
  const place = order.indexOf(at)
  const other = order[place + by]
  const [row, neighbour] = [rows[at], other === undefined ? undefined : rows[other]]
  if (row === undefined || neighbour === undefined || comparePlanPlaces(row.entry.at, neighbour.entry.at) !== 0) {
    const where = by < 0 ? 'before' : 'after'
    return refused(
      `no entry of step ${placeOf(rows, at).step} comes ${where} entry ${at + 1}: shift it to another step`,
    )
  }
  const passed = { ...row, entry: { ...row.entry, at: neighbour.entry.at } }
  const next = order.flatMap((i) => rows[i] ?? [])
  next[place] = neighbour
  next[place + by] = passed
  return ok(next)
}

function placeOf(rows: readonly Row[], index: number): RecipeEntry['at'] {
  return rows[index]?.entry.at ?? { step: 0, event: null }
}
