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
  const line = (): string => (indent === null ? '' : `\n${' '.repeat(indent * depth)}`)
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '[]' || token === '{}' || /^[[{]\s+[\]}]$/.test(token))
      out += token.charAt(0) + token.charAt(token.length - 1)
    else if (token === '{' || token === '[') {
      depth++
      out += token + line()
    } else if (token === '}' || token === ']') {
      depth--
      out += line() + token
    } else if (token === ',') out += indent === null ? ', ' : `,${line()}`
    else if (token === ':') out += ': '
    else out += token
  }
  return out
}

// An empty list or object, a string, a sign of structure, or a number or word.
const TOKENS = /\[\s*\]|\{\s*\}|"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g
