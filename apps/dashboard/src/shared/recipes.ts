/** A run's changes as a recipe, taken from its ledger. */
export interface RunRecipe {
  /** One entry per line. */
  readonly text: string
  /** The omitted entries, and why the recipe would not reproduce the run. */
  readonly notes: readonly string[]
  /** Values of numeric controls before their first change, by key. */
  readonly starts: Readonly<Record<string, number>>
}

export type RecipeFileKind = 'recipe' | 'overlay' | 'effective'

/** A recipe or an overlay in the run directory. */
export interface RecipeFileRow {
  readonly file: string
  /** `effective`: the recipe that a replay actually followed, with its overlay and offset. Only kernels write it. */
  readonly kind: RecipeFileKind
  /** Identifies this version of the file. */
  readonly stamp: string
  readonly size: number
}

/** A recipe or an overlay as read from the run directory. */
export interface RecipeFileText {
  readonly file: string
  readonly text: string
  readonly stamp: string
}

/** Returns the kind of a file from its name; null if pages do not read or write files with this name. */
export function recipeFileKind(file: string): RecipeFileKind | null {
  if (file === 'hotcb.recipe.effective.jsonl') return 'effective'
  if (/^(?:[\w-][\w.-]{0,80}\.)?recipe\.jsonl$/.test(file)) return 'recipe'
  return /^(?:[\w-][\w.-]{0,80}\.)?adjust\.(?:ya?ml|json)$/.test(file) ? 'overlay' : null
}

/** Returns why a file cannot have this name; undefined if it can. */
export function fileNameProblem(file: string, kind: 'recipe' | 'overlay'): string | undefined {
  if (recipeFileKind(file) === kind) return undefined
  return kind === 'recipe'
    ? 'a recipe name may contain only letters, digits, dots, hyphens and underscores, and must end in `.recipe.jsonl`'
    : 'an overlay name may contain only letters, digits, dots, hyphens and underscores, and must end in `.adjust.yaml` or `.adjust.json`'
}
