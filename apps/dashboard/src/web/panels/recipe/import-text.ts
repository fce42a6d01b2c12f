import { ok, type RecipeEntry, type Result, refused } from '@hotcb/protocol'
import { parseYaml } from '@hotcb/protocol/yaml'
import { planReplay, readOverlayText, readRecipe } from '@hotcb/recipe'

/** The result of an import. */
export interface Imported {
  readonly kind: 'recipe' | 'overlay'
  /** The entries of the recipe. For an overlay: the current entries with the overlay applied. */
  readonly entries: readonly RecipeEntry[]
  /** Patches that match nothing, and entries that are not replayed. */
  readonly notes: readonly string[]
}

/**
 * Parses a recipe (one entry per line) or an overlay (YAML or JSON). If any part of it is malformed, all of it is rejected with a
 * one-line message.
 *
 * @param source The name of the file; empty if the text was pasted. In that case the content determines the format.
 */
export function importText(
  text: string,
  { file, entries }: { readonly file: string; readonly entries: readonly RecipeEntry[] },
): Result<Imported> {
  if (text.trim() === '') return refused(`${file === '' ? 'the text' : file} is empty: expected a recipe or an overlay`)
  const name = file === '' ? 'pasted text' : file
  if (!isOverlay(text, file)) {
    const recipe = readRecipe(text, { file: name })
    return recipe.ok ? ok({ kind: 'recipe', entries: recipe.value.entries, notes: [] }) : recipe
  }
  // The reader chooses between JSON and YAML by the file name, and YAML includes JSON.
  const overlay = readOverlayText(text, { file: name, parseYaml })
  if (!overlay.ok) return overlay
  const plan = planReplay(entries, { overlay: overlay.value, overlayFile: name, overlayText: text })
  if (!plan.ok) return plan
  return ok({ kind: 'overlay', entries: plan.value.entries, notes: plan.value.notes })
}

function isOverlay(text: string, file: string): boolean {
  if (/\.jsonl$/i.test(file)) return false
  if (/\.(ya?ml)$/i.test(file)) return true
  return /^\s*(?:#.*\s*)*(?:\{\s*)?"?(?:version|patches)"?\s*:/.test(text)
}
