/**
 * The line, from 1, on which a path such as `patches.2.match` begins in a JSON or YAML text: that of the deepest part of it
 * that can be found; null if there is none. Parsers give values without their places, and a message needs one.
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

// Tokens are enough: which key or index is open at which depth.
function placesOfJson(text: string): ReadonlyMap<string, number> {
  const places = new Map<string, number>()
  const open: { readonly isList: boolean; key: string | number }[] = []
  let line = 1
  let last = ''
  const path = (): string => open.map(({ key }) => key).join('.')
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:\n]|[^\s{}[\],:"]+/g)) {
    const top = open.at(-1)
    if (token === '\n') line++
    else if (token === '}' || token === ']') open.pop()
    else if (token === ',' && top?.isList && typeof top.key === 'number') top.key++
    else if (token === ':' && top !== undefined && !top.isList) {
      top.key = unquoted(last)
      places.set(path(), line)
    } else if (token !== ',') {
      if (top?.isList && !places.has(path())) places.set(path(), line)
      if (token === '{' || token === '[') open.push({ isList: token === '[', key: token === '[' ? 0 : '' })
    }
    if (token !== '\n') last = token
  }
  return places
}

// Block style: a deeper indent is inside. What stands in flow style on one line shares its line.
function placesOfYaml(text: string): ReadonlyMap<string, number> {
  const places = new Map<string, number>()
  const open: { readonly indent: number; readonly path: string; next: number }[] = []
  for (const [i, raw] of text.split('\n').entries()) {
    let rest = raw
    let indent = raw.search(/\S/)
    if (indent < 0 || raw[indent] === '#') continue
    rest = raw.slice(indent)
    while (rest !== '') {
      const dash = /^-(\s+|$)/.exec(rest)
      // A list may stand at the indent of its key.
      while (open.length > 0 && (open.at(-1)?.indent ?? 0) >= indent + (dash === null ? 0 : 1)) open.pop()
      const parent = open.at(-1)
      if (dash !== null) {
        const item = join(parent?.path, String(parent?.next ?? 0))
        if (parent !== undefined) parent.next++
        places.set(item, i + 1)
        open.push({ indent: indent + 0.5, path: item, next: 0 })
        indent += dash[0].length
        rest = rest.slice(dash[0].length)
        continue
      }
      const key = /^("[^"]*"|'[^']*'|[^\s:#{[][^:#]*?)\s*:(\s|$)/.exec(rest)
      if (key === null) break
      const path = join(parent?.path, unquoted(key[1] ?? ''))
      places.set(path, i + 1)
      open.push({ indent, path, next: 0 })
      break
    }
  }
  return places
}

function join(parent: string | undefined, key: string): string {
  return parent === undefined ? key : `${parent}.${key}`
}

function unquoted(text: string): string {
  return /^(".*"|'.*')$/.test(text) ? text.slice(1, -1) : text
}
