import { jsonTokens } from '@hotcb/protocol'

/**
 * Returns the line, from 1, on which a path such as `patches.2.match` begins in a JSON or YAML document; null if there
 * is none. If only a part of the path can be found, it is the line of the deepest such part. Messages need a line
 * number, but parsers return values without positions.
 */
export function locate(text: string, path: string): number | null {
  if (path === '') return null
  const places = /^\s*\{/.test(text) ? placesOfJson(text) : placesOfYaml(text)
  for (let rest = path; rest !== ''; rest = rest.slice(0, Math.max(rest.lastIndexOf('.'), 0))) {
    const line = places.get(rest)
    if (line !== undefined) return line
  }
  return null
}

// This reads only tokens, and tracks which key or index is open at each depth.
function placesOfJson(text: string): ReadonlyMap<string, number> {
  const places = new Map<string, number>()
  const open: Open[] = []
  let line = 1
  let last = ''
  for (const token of jsonTokens(text)) {
    if (token === '\n') {
      line++
      continue
    }
    step(open, token, last)
    // A comma ends an item; the next one begins with its first token.
    const path = open.map(({ key }) => key).join('.')
    if (!/^[,\]}]$/.test(token) && !places.has(path)) places.set(path, line)
    if (/^[{[]$/.test(token)) open.push({ key: token === '[' ? 0 : '' })
    last = token
  }
  return places
}

interface Open {
  key: string | number
}

function step(open: Open[], token: string, last: string): void {
  const top = open.at(-1)
  if (token === '}' || token === ']') open.pop()
  else if (top === undefined) return
  else if (token === ',') top.key = typeof top.key === 'number' ? top.key + 1 : ''
  else if (token === ':') top.key = unquoted(last)
}

// This reads block style, in which deeper indentation means nesting. Values in flow style get the line of their key.
function placesOfYaml(text: string): ReadonlyMap<string, number> {
  const places = new Map<string, number>()
  const open: Block[] = []
  for (const [i, raw] of text.split('\n').entries()) {
    let indent = raw.search(/\S/)
    // A blank line or a comment matches neither DASH nor KEY.
    let rest = raw.slice(indent)
    // List items may be nested and followed by a key, all on one line.
    for (let dash = DASH.exec(rest); dash !== null; dash = DASH.exec(rest)) {
      // A list may be indented no more than its key, so it does not close its parent.
      const parent = enclosing(open, indent + 0.5)
      const path = join(parent?.path, String(parent?.next ?? 0))
      if (parent !== undefined) parent.next++
      places.set(path, i + 1)
      open.push({ indent: indent + 0.5, path, next: 0 })
      indent += dash[0].length
      rest = rest.slice(dash[0].length)
    }
    const key = KEY.exec(rest)
    if (key === null) continue
    const path = join(enclosing(open, indent)?.path, unquoted(key[1] ?? ''))
    places.set(path, i + 1)
    open.push({ indent, path, next: 0 })
  }
  return places
}

const DASH = /^-(\s+|$)/
const KEY = /^("[^"]*"|'[^']*'|[^\s:#{[][^:#]*?)\s*:(\s|$)/

interface Block {
  readonly indent: number
  readonly path: string
  /** Index of the next item, if it is a list. */
  next: number
}

// Closes everything at `indent` or deeper; returns what is still open.
function enclosing(open: Block[], indent: number): Block | undefined {
  while ((open.at(-1)?.indent ?? -1) >= indent) open.pop()
  return open.at(-1)
}

function join(parent: string | undefined, key: string): string {
  return parent === undefined ? key : `${parent}.${key}`
}

function unquoted(text: string): string {
  return /^(".*"|'.*')$/.test(text) ? text.slice(1, -1) : text
}
