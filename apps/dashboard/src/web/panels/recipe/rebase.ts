import { ok, type RecipeEntry, type Result } from '@hotcb/protocol'
import { applyOverlay, inPlanOrder, overlayBetween } from '@hotcb/recipe'

/** The edits of one version of a recipe, transferred to another version. */
export interface Rebased {
  readonly entries: readonly RecipeEntry[]
  /** Edits to entries that the other version does not contain, one line each. */
  readonly lost: readonly string[]
}

/** Applies the edits that turned `before` into `edited` to `next` too. The edits are the overlay between the first two. */
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
