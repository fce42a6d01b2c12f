import { show } from './json.ts'
import { ok, type Result, refused } from './result.ts'
import { messageOf } from './thrown.ts'

/** How {@link selectNames} reads patterns. */
export interface SelectNamesOptions {
  /** For a search box: a text without `*` or `?` matches anywhere in a name, ignoring case. @defaultValue false */
  readonly isSearch?: boolean
}

/**
 * Builds the test for "which metrics", with the same syntax wherever metrics are selected: one text of names and
 * patterns separated by commas, or a list with one name or pattern each.
 *
 * - `val_loss`: this name.
 * - `train/*`, `layer?.grad`: `*` matches any text, `?` one character; the pattern must match the whole name.
 * - `/^val_.*(loss|acc)$/`: a JavaScript regular expression, which may match anywhere in the name.
 *
 * An empty list selects nothing.
 *
 * @param field The user's name for it, for the error: `--metrics`, `allow`.
 * @returns One line that states which pattern is wrong and why.
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

/** Whether a text is a pattern, and not a single name. */
export function isNamePattern(text: string): boolean {
  return /[*?]/.test(text) || EXPRESSION.test(text)
}

function nothingSelected(field: string, text: string): string {
  return `\`${field}\` must be names or patterns such as \`train/*\`, got ${show(text)}`
}

const EXPRESSION = /^\/.+\/$/s

/** The names and patterns of a text, separated by commas. A regular expression may contain commas. */
export function namePieces(text: string): readonly string[] {
  const pieces = text.match(/\s*\/.+?\/\s*(?=,|$)|[^,]+/gs) ?? []
  return pieces.map((piece) => piece.trim()).filter((piece) => piece !== '')
}

function expressionOf(field: string, piece: string, isSearch: boolean): Result<RegExp> {
  const source = EXPRESSION.test(piece) ? piece.slice(1, -1) : globSource(piece, isSearch)
  try {
    // Without `g` and `y`, `test` keeps no position between two names.
    return ok(new RegExp(source, isSearch ? 'is' : 's'))
  } catch (error) {
    // The engine repeats the expression in front of the error.
    const why = messageOf(error).replace(/^.*: /, '')
    return refused(`\`${field}\` has \`${piece}\`, which is not a regular expression: ${why}`)
  }
}

function globSource(piece: string, isSearch: boolean): string {
  const source = piece
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.')
  return isSearch && !isNamePattern(piece) ? source : `^${source}$`
}
