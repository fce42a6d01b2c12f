import { ok, type RecipeEntry, type Result } from '@hotcb/protocol'
import { applyOverlay, inPlanOrder, overlayBetween } from '@hotcb/recipe'

/** Edits of one version of a recipe, made on another one. */
export interface Rebased {
  readonly entries: readonly RecipeEntry[]
  /** Edits whose entry the other version does not have, one line each. */
  readonly lost: readonly string[]
}

/** Makes the edits that turned `before` into `edited` on `next` too: they are what an overlay between the two would change. */
export function rebase(
  before: readonly RecipeEntry[],
  edited: readonly RecipeEntry[],
  next: readonly RecipeEntry[],
): Result<Rebased> {
  const adjusted = inPlanOrder(next).map((entry, i) => ({ entry, origin: `entry ${i + 1}` }))
  const made = applyOverlay(adjusted, overlayBetween(before, edited))
  if (!made.ok) return made
  return ok({ entries: inPlanOrder(made.value.entries.map(({ entry }) => entry)), lost: made.value.notes })
}
