import { jsonTokens } from '@hotcb/protocol'

/**
 * Valid JSON in another style, token by token, so that no number and no text changes: not `1.0`, and not an integer that
 * a double cannot hold.
 *
 * @param indent Spaces of one level; null: on one line, with `, ` and `: ` between, as Python's `json.dumps` does.
 * @param level How deep it stands in what surrounds it.
 */
export function restyleJson(text: string, indent: number | null, level = 0): string {
  let depth = level
  let out = ''
  // An opening token, until it is known whether it opens something empty.
  let opened = ''
  const line = (): string => (indent === null ? '' : `\n${' '.repeat(indent * depth)}`)
  for (const token of jsonTokens(text)) {
    if (token === '\n') continue
    const isClosing = token === '}' || token === ']'
    if (opened !== '') {
      if (!isClosing) depth++
      out += isClosing ? opened + token : opened + line()
      opened = ''
      if (isClosing) continue
    }
    if (token === '{' || token === '[') opened = token
    else if (isClosing) {
      depth--
      out += line() + token
    } else if (token === ',') out += indent === null ? ', ' : `,${line()}`
    else if (token === ':') out += ': '
    else out += token
  }
  return out
}
