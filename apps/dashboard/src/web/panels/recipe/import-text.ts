import { ok, type RecipeEntry, type Result, refused } from '@hotcb/protocol'
import { parseYaml } from '@hotcb/protocol/yaml'
import { planReplay, readOverlayText, readRecipe } from '@hotcb/recipe'

/** The result of an import. */
export interface Imported {
  readonly kind: 'recipe' | 'overlay'
  /** The entries of the recipe; for an overlay, those before it with the overlay applied. */
  readonly entries: readonly RecipeEntry[]
  /** Patches that match nothing, and entries that are not replayed. */
  readonly notes: readonly string[]
}

/**
 * Reads a recipe (one entry a line) or an overlay (YAML or JSON); a malformed one is refused whole, in one line.
 *
 * @param source The name of the file; empty if the text was pasted, and its content then shows what it is.
 */
export function importText(
  text: string,
  { file, entries }: { readonly file: string; readonly entries: readonly RecipeEntry[] },
): Result<Imported> {
  if (text.trim() === '') return refused(`${file === '' ? 'the text' : file} is empty: a recipe or an overlay expected`)
  const name = file === '' ? 'pasted text' : file
  if (!isOverlay(text, file)) {
    const recipe = readRecipe(text, { file: name })
    return recipe.ok ? ok({ kind: 'recipe', entries: recipe.value.entries, notes: [] }) : recipe
  }
  // The reader chooses between JSON and YAML by the name, and YAML includes JSON.
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
