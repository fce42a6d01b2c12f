import { fitRecipe, type RunControls } from './fit.ts'
import type { Problem } from './problem.ts'
import { scanRecipe } from './read-recipe.ts'

/** What `validateRecipe` found. */
export interface Validation {
  /** Entries that could be read. */
  readonly entries: number
  /** By line. */
  readonly problems: readonly Problem[]
}

/**
 * Everything that is wrong with a recipe: lines that are no entries, ops that make no sense, and, against a run's
 * controls, what does not fit it.
 */
export function validateRecipe(
  text: string,
  { file, run = null }: { readonly file: string; readonly run?: RunControls | null },
): Validation {
  const { recipe, problems } = scanRecipe(text, { file })
  const misfits = fitRecipe(recipe.entries, run).map(
    ({ index, reason }): Problem => ({ file, line: recipe.lines[index] ?? null, reason }),
  )
  const all = [...problems, ...misfits].sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
  return { entries: recipe.entries.length, problems: all }
}
