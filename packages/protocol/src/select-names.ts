import { show } from './json.ts'
import { ok, type Result, refused } from './result.ts'
import { messageOf } from './thrown.ts'

/** How {@link selectNames} interprets patterns. */
export interface SelectNamesOptions {
  /**
   * Whether the text comes from a search box. If so, text without `*` or `?` matches anywhere in a name, ignoring case.
   * @defaultValue false
   */
  readonly isSearch?: boolean
}

/**
 * Builds a test for metric names. The syntax is the same wherever metrics are selected. The selection is a string of
 * names and patterns separated by commas, or a list of single names and patterns.
 *
 * - `val_loss`: this name.
 * - `train/*`, `layer?.grad`: `*` matches any characters, `?` a single one; the pattern must match the whole name.
 * - `/^val_.*(loss|acc)$/`: a JavaScript regular expression, which may match anywhere in the name.
 *
 * An empty list selects nothing.
 *
 * @param field The name of the selection in an error: `--metrics`, `allow`.
 * @returns The test, or one line that states which pattern is wrong and why.
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

/** Whether a string is a pattern and not a single name. */
export function isNamePattern(text: string): boolean {
  return /[*?]/.test(text) || EXPRESSION.test(text)
}

function nothingSelected(field: string, text: string): string {
  return `\`${field}\` must be names or patterns such as \`train/*\`, got ${show(text)}`
}

const EXPRESSION = /^\/.+\/$/s

/** Splits a string into names and patterns at the commas. A regular expression may contain commas. */
export function namePieces(text: string): readonly string[] {
  const pieces = text.match(/\s*\/.+?\/\s*(?=,|$)|[^,]+/gs) ?? []
  return pieces.map((piece) => piece.trim()).filter((piece) => piece !== '')
}

function expressionOf(field: string, piece: string, isSearch: boolean): Result<RegExp> {
  const source = EXPRESSION.test(piece) ? piece.slice(1, -1) : globSource(piece, isSearch)
  try {
    // Without the `g` and `y` flags, `test` does not remember a position between two names.
    return ok(new RegExp(source, isSearch ? 'is' : 's'))
  } catch (error) {
    // The JavaScript engine puts the expression before the error, so it is removed here.
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
