import {
  formatRecipeEntry,
  nonFiniteProblems,
  ok,
  parseJson,
  type RecipeEntry,
  type Result,
  readRecipeEntry,
  refused,
} from '@hotcb/protocol'
import { formatProblem, type RecipeProblem } from './problem.ts'

/** A recipe that was read from a file, with its entries in file order. */
export interface Recipe {
  /** Its name, for messages. */
  readonly file: string
  readonly entries: readonly RecipeEntry[]
  /** Line of each entry, from 1. */
  readonly lines: readonly number[]
}

/** The readable entries of a recipe, and the problems with the others. */
export interface RecipeScan {
  readonly recipe: Recipe
  readonly problems: readonly RecipeProblem[]
}

/**
 * Reads a recipe, one entry per line, in any format that hotcb has written. If a line is invalid, the whole recipe is
 * rejected, because half a recipe would produce a different run. The error states the file, the line, the field, its
 * value, and what would be valid.
 *
 * @param source `file` is the name for messages.
 */
export function readRecipe(text: string, source: { readonly file: string }): Result<Recipe> {
  const { recipe, problems } = scan(text, source.file, 1)
  const [problem] = problems
  return problem === undefined ? ok(recipe) : refused(formatProblem(problem))
}

/** Reads a whole recipe, and reports all problems. */
export function scanRecipe(text: string, source: { readonly file: string }): RecipeScan {
  return scan(text, source.file, Number.POSITIVE_INFINITY)
}

/** Formats a recipe as text. */
export function formatRecipe(entries: Iterable<RecipeEntry>): string {
  let text = ''
  for (const entry of entries) text += formatRecipeEntry(entry)
  return text
}

function scan(text: string, file: string, maxProblems: number): RecipeScan {
  const entries: RecipeEntry[] = []
  const lines: number[] = []
  const problems: RecipeProblem[] = []
  let line = 0
  for (const raw of text.split('\n')) {
    line++
    // CRLF and blank lines are ignored.
    const content = raw.trim()
    if (content === '') continue
    const entry = entryOf(content)
    if (entry.ok) {
      entries.push(entry.value)
      lines.push(line)
    } else if (problems.push({ file, line, reason: entry.reason }) >= maxProblems) break
  }
  return { recipe: { file, entries, lines }, problems }
}

function entryOf(content: string): Result<RecipeEntry> {
  const parsed = parseJson(content, { nan: 'keep' })
  if (!parsed.ok) return refused(`expected one JSON object per line: ${parsed.reason}`)
  const entry = readRecipeEntry(parsed.value)
  if (!entry.ok) return entry
  const { params, init } = entry.value
  const wrong = [...nonFiniteProblems(params, 'params'), ...nonFiniteProblems(init, 'init')]
  return wrong.length === 0 ? entry : refused(wrong.join('; '))
}
