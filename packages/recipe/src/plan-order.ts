import type { RecipeEntry, RecipePlace } from '@hotcb/protocol'

/** The order of a plan: by step, entries at the end of a step last. Within that the order of the recipe counts. */
export function comparePlanPlaces(a: RecipePlace, b: RecipePlace): number {
  return a.step - b.step || Number(a.end === true) - Number(b.end === true)
}

/** Entries in the order in which a replay follows them. */
export function inPlanOrder(entries: readonly RecipeEntry[]): readonly RecipeEntry[] {
  return [...entries].sort((a, b) => comparePlanPlaces(a.at, b.at))
}
