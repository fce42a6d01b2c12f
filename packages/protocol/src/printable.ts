/**
 * Makes text from outside safe to show on one line of a terminal or a log.
 *
 * Line ends and tabs, with the space around them, become one space. Every other character that a terminal obeys instead of
 * showing becomes `\uFFFD`: C0 and C1 controls, DEL, line and paragraph separators, bidirectional embeddings, overrides and
 * isolates, and lone surrogates.
 */
export function printable(text: string): string {
  // Run by run of white space: a pattern with the line end in its middle takes quadratic time on a run without one.
  return text.replace(SPACE, (run) => (LINE_END.test(run) ? ' ' : run)).replace(UNPRINTABLE, REPLACEMENT)
}

/**
 * The same, one character for one character, so that columns which were measured before stay aligned.
 *
 * @param keeps `line`: line ends and tabs are data, and become spaces. `lines`: they are the writer's own, and stay.
 */
export function printableColumns(text: string, keeps: 'line' | 'lines'): string {
  return text.replace(UNPRINTABLE, (one) => {
    if (one === '\n' || one === '\t') return keeps === 'lines' ? one : ' '
    return one === '\r' ? ' ' : REPLACEMENT
  })
}

/**
 * Writes the characters that a terminal would obey as `\uXXXX`, so that JSON text keeps its exact meaning. `\n` and `\t`
 * stay: outside of strings they are white space, and inside of strings JSON has them escaped already.
 */
export function escapeControls(json: string): string {
  return json.replace(UNPRINTABLE, (one) =>
    one === '\n' || one === '\t' ? one : `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

const SPACE = /[\s\u0085]+/g
const LINE_END = /[\r\n\t\u0085\u2028\u2029]/

const REPLACEMENT = '\uFFFD'
// With the flag `u`, `\p{Cs}` matches only surrogates that stand alone.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069\p{Cs}]/gu
