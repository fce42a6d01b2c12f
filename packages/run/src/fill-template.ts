/**
 * Fills in the text template of an op: `{name}`, `{name=default}`, and `[...]` for a part that is left out if a name in
 * it has no value.
 *
 * @param lookUp Returns the value of a name as text; null if it has none. Outside brackets such a name becomes `?`.
 */
export function fillTemplate(template: string, lookUp: (name: string) => string | null): string {
  return template.replaceAll(PART, (_, optional: string | undefined, name: string | undefined) => {
    if (optional === undefined) return fillName(name ?? '', lookUp) ?? '?'
    const names = [...optional.matchAll(NAME)].map(([, one = '']) => one)
    const values = names.map((one) => fillName(one, lookUp))
    if (values.includes(null)) return ''
    let next = 0
    return optional.replaceAll(NAME, () => values[next++] ?? '')
  })
}

// Brackets cannot be nested.
const PART = /\[([^\][]*)\]|\{([^{}]*)\}/g
const NAME = /\{([^{}]*)\}/g

function fillName(asked: string, lookUp: (name: string) => string | null): string | null {
  const [name = '', ...rest] = asked.split('=')
  return lookUp(name) ?? (rest.length === 0 ? null : rest.join('='))
}
