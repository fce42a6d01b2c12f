import { fitRecipe, type RunControls } from './fit.ts'
import type { Problem } from './problem.ts'
import { scanRecipe } from './read-recipe.ts'
import { type FindSource, missingSources } from './sources.ts'

/** What `validateRecipe` found. */
export interface Validation {
  /** Entries that could be read. */
  readonly entries: number
  /** By line. */
  readonly problems: readonly Problem[]
}

/**
 * Everything that is wrong with a recipe: lines that are no entries, ops that make no sense, captured sources that are nowhere,
 * and, against a run's controls, what does not fit it.
 *
 * @param options.findSource Absent: captured sources are not looked for.
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
  const misfits = [...fitRecipe(recipe.entries, run), ...missing].map(
    ({ index, reason }): Problem => ({ file, line: recipe.lines[index] ?? null, reason }),
  )
  const all = [...problems, ...misfits].sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
  return { entries: recipe.entries.length, problems: all }
}
