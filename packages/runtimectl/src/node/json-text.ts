import { jsonTokens } from '@hotcb/protocol'

/**
 * Formats valid JSON in a different style. It works token by token, so all numbers remain unchanged, even `1.0` or an integer that a
 * double cannot represent.
 *
 * @param indent The number of spaces per level; null for one line with `, ` and `: ` as separators, like Python's `json.dumps`.
 * @param level The nesting depth of this JSON in the surrounding text.
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

/** Returns the separator between two tokens. */
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
