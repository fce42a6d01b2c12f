import { fitRecipe, type RunControls } from './fit.ts'
import type { RecipeProblem } from './problem.ts'
import { scanRecipe } from './read-recipe.ts'
import { type FindSource, missingSources } from './sources.ts'

/** The result of `validateRecipe`. */
export interface Validation {
  /** The number of entries that could be read. */
  readonly entries: number
  /** The problems, sorted by line. */
  readonly problems: readonly RecipeProblem[]
}

/**
 * Finds all problems in a recipe: invalid lines and ops, missing captured sources, and entries that do not match a
 * run's controls.
 *
 * @param options.findSource Finds captured sources. Absent: they are not checked.
 */
export function validateRecipe(
  text: string,
  {
    file,
    run = null,
    findSource,
  }: { readonly file: string; readonly run?: RunControls | null; readonly findSource?: FindSource },
): Validation {
  const { recipe, problems } = scanRecipe(text, { file })
  const missing = findSource === undefined ? [] : missingSources(recipe.entries, findSource)
  const mismatches = [...fitRecipe(recipe.entries, run), ...missing].map(
    ({ index, reason }): RecipeProblem => ({ file, line: recipe.lines[index] ?? null, reason }),
  )
  const all = [...problems, ...mismatches].sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
  return { entries: recipe.entries.length, problems: all }
}
