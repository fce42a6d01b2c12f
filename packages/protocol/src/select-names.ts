import { show } from './json.ts'
import { ok, type Result, refused } from './result.ts'
import { messageOf } from './thrown.ts'

/** How {@link selectNames} reads patterns. */
export interface SelectNamesOptions {
  /** For a search box: a name without `*` or `?` is found anywhere, and capitals do not count. @defaultValue false */
  readonly isSearch?: boolean
}

/**
 * The test for "which metrics", written the same way wherever metrics are selected: one text of names and patterns with
 * commas between, or a list with one name or pattern each.
 *
 * - `val_loss`: this name.
 * - `train/*`, `layer?.grad`: `*` stands for any text, `?` for one character; the pattern is the whole name.
 * - `/^val_.*(loss|acc)$/`: a regular expression of JavaScript, found anywhere in the name.
 *
 * An empty list selects nothing.
 *
 * @param field What the user calls it, for the error: `--metrics`, `allow`.
 * @returns One line that says which pattern is wrong and why.
 */
export function selectNames(
  field: string,
  patterns: string | readonly string[],
  { isSearch = false }: SelectNamesOptions = {},
): Result<(name: string) => boolean> {
  const exact = new Set<string>()
  const expressions: RegExp[] = []
  const pieces = typeof patterns === 'string' ? namePieces(patterns) : patterns
  if (typeof patterns === 'string' && pieces.length === 0) return refused(nothingSelected(field, patterns))
  for (const piece of pieces) {
    if (piece.trim() === '') return refused(nothingSelected(field, piece))
    const read = isNamePattern(piece) || isSearch ? expressionOf(field, piece, isSearch) : undefined
    if (read?.ok === false) return read
    if (read === undefined) exact.add(piece)
    else expressions.push(read.value)
  }
  return ok((name) => exact.has(name) || expressions.some((expression) => expression.test(name)))
}

/** Whether a text selects names by a pattern, and is not one name. */
export function isNamePattern(text: string): boolean {
  return /[*?]/.test(text) || EXPRESSION.test(text)
}

function nothingSelected(field: string, text: string): string {
  return `\`${field}\` must be names or patterns such as \`train/*\`, got ${show(text)}`
}

const EXPRESSION = /^\/.+\/$/s

/** The names and patterns of a text with commas between. A regular expression may have commas inside. */
export function namePieces(text: string): readonly string[] {
  const pieces = text.match(/\s*\/.+?\/\s*(?=,|$)|[^,]+/gs) ?? []
  return pieces.map((piece) => piece.trim()).filter((piece) => piece !== '')
}

function expressionOf(field: string, piece: string, isSearch: boolean): Result<RegExp> {
  const source = EXPRESSION.test(piece) ? piece.slice(1, -1) : globSource(piece, isSearch)
  try {
    // Without `g` and `y`, `test` keeps no place between two names.
    return ok(new RegExp(source, isSearch ? 'is' : 's'))
  } catch (error) {
    // The engine repeats the expression in front of what is wrong with it.
    const why = messageOf(error).replace(/^.*: /, '')
    return refused(`\`${field}\` has \`${piece}\`, which is no regular expression: ${why}`)
  }
}

function globSource(piece: string, isSearch: boolean): string {
  const source = piece
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.')
  return isSearch && !isNamePattern(piece) ? source : `^${source}$`
}
