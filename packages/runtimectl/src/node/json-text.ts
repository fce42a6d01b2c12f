import { jsonTokens } from '@hotcb/protocol'

/**
 * Valid JSON in another style, token by token, so that no number and no text changes: not `1.0`, and not an integer that
 * a double cannot hold.
 *
 * @param indent Spaces of one level; null: on one line, with `, ` and `: ` between, as Python's `json.dumps` does.
 * @param level How deep it stands in what surrounds it.
 */
export function restyleJson(text: string, indent: number | null, level = 0): string {
  const line = (): string => (indent === null ? '' : `\n${' '.repeat(indent * depth)}`)
  let depth = level
  let out = ''
  let last = ''
  for (const token of jsonTokens(text)) {
    if (token === '\n') continue
    if (isClosing(token)) depth--
    out += gap(last, token, line()) + token
    if (isOpening(token)) depth++
    last = token
  }
  return out
}

/** What stands between two tokens. */
function gap(last: string, token: string, line: string): string {
  if (isOpening(last)) return isClosing(token) ? '' : line
  if (isClosing(token)) return line
  if (last === ',') return line || ' '
  return last === ':' ? ' ' : ''
}

function isOpening(token: string): boolean {
  return token === '{' || token === '['
}

function isClosing(token: string): boolean {
  return token === '}' || token === ']'
}
