import type { RecipeEntry, RecipePlace } from '@hotcb/protocol'

/**
 * Compares two places in plan order: by step, with `end` entries last. Entries at the same place keep their order in
 * the recipe.
 */
export function comparePlanPlaces(a: RecipePlace, b: RecipePlace): number {
  return a.step - b.step || Number(a.end === true) - Number(b.end === true)
}

/** Sorts entries into the order in which a replay follows them. */
export function inPlanOrder(entries: readonly RecipeEntry[]): readonly RecipeEntry[] {
  return [...entries].sort((a, b) => comparePlanPlaces(a.at, b.at))
}
