/**
 * Makes external text safe to show on one line of a terminal or a log.
 *
 * Line breaks and tabs, with the space around them, become one space. Every other character that a terminal interprets
 * instead of showing becomes `\uFFFD`: C0 and C1 controls, DEL, line and paragraph separators, bidirectional
 * embeddings, overrides and isolates, and lone surrogates.
 */
export function printable(text: string): string {
  // Handles each run of white space as a whole: a pattern with the line break in the middle takes quadratic time on a
  // run without one.
  return text.replace(SPACE, (run) => (LINE_END.test(run) ? ' ' : run)).replace(UNPRINTABLE, REPLACEMENT)
}

/**
 * Like {@link printable}, but replaces each character with exactly one, so that measured columns stay aligned.
 *
 * @param keeps With `line`, line breaks and tabs are data and become spaces. With `lines`, they are intended and are
 *   kept.
 */
export function printableColumns(text: string, keeps: 'line' | 'lines'): string {
  return text.replace(UNPRINTABLE, (one) => {
    if (one === '\n' || one === '\t') return keeps === 'lines' ? one : ' '
    return one === '\r' ? ' ' : REPLACEMENT
  })
}

/**
 * Writes the characters that a terminal would interpret as `\uXXXX`, so that JSON text keeps its exact meaning. `\n`
 * and `\t` are kept: outside strings they are white space, and inside strings JSON has already escaped them.
 */
export function escapeControls(json: string): string {
  return json.replace(UNPRINTABLE, (one) =>
    one === '\n' || one === '\t' ? one : `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

const SPACE = /[\s\u0085]+/g
const LINE_END = /[\r\n\t\u0085\u2028\u2029]/

const REPLACEMENT = '\uFFFD'
// With the `u` flag, `\p{Cs}` matches only lone surrogates.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069\p{Cs}]/gu
