/** The changes of a run as a recipe, from its ledger. */
export interface RunRecipe {
  /** One entry a line. */
  readonly text: string
  /** Omitted entries, and why the recipe would not reproduce the run. */
  readonly notes: readonly string[]
  /** Values of controls before their first change, by key: numbers only. */
  readonly starts: Readonly<Record<string, number>>
}

export type RecipeFileKind = 'recipe' | 'overlay' | 'effective'

/** A recipe or an overlay in the run directory. */
export interface RecipeFileRow {
  readonly file: string
  /** `effective`: what a replay really followed. Only kernels write it. */
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

/** The kind of a file by its name; null for a name that pages do not read or write. */
export function recipeFileKind(file: string): RecipeFileKind | null {
  if (file === 'hotcb.recipe.effective.jsonl') return 'effective'
  if (/^(?:[\w-][\w.-]{0,80}\.)?recipe\.jsonl$/.test(file)) return 'recipe'
  return /^(?:[\w-][\w.-]{0,80}\.)?adjust\.(?:ya?ml|json)$/.test(file) ? 'overlay' : null
}

/** Why a file cannot have this name; undefined if it can. */
export function fileNameProblem(file: string, kind: 'recipe' | 'overlay'): string | undefined {
  if (recipeFileKind(file) === kind) return undefined
  return kind === 'recipe'
    ? 'the name of a recipe must be letters, digits, dots and hyphens, and end in `.recipe.jsonl`'
    : 'the name of an overlay must be letters, digits, dots and hyphens, and end in `.adjust.yaml` or `.adjust.json`'
}
