import {
  EVENT_ALIAS,
  EVENT_MAPPING,
  EVENT_POP,
  EVENT_SCALAR,
  EVENT_SEQUENCE,
  getScalarValue,
  parseEvents,
} from 'js-yaml'

/** A place in a text. Line and column are counted from 1. */
export interface TextPlace {
  readonly line: number
  readonly column: number
}

/** Keys and list positions from the top of a document to a value. */
export type YamlPath = readonly (string | number)[]

/**
 * Returns the place of a value in its text.
 *
 * @param of Whether to return the place of the value or of its key, if it has one. Default: the value.
 * @returns The place. A value inside an alias, or a missing field, has no place of its own; the place of the nearest
 *   enclosing value is returned instead. Null if the text has no values.
 */
export type YamlPlaces = (path: YamlPath, of?: 'key' | 'value') => TextPlace | null

/** Finds the places of all keys and values of a YAML document. Never throws: a text that is not YAML has no places. */
export function yamlPlaces(text: string): YamlPlaces {
  const found = offsetsOf(text)
  const starts = lineStarts(text)
  return (path, of = 'value') => {
    for (let length = path.length; length >= 0; length--) {
      const entry = found.get(nameOf(path.slice(0, length)))
      if (entry === undefined) continue
      // An empty value has no place of its own: it is at its key, or where its list begins.
      const offset = of === 'key' || entry.value < 0 ? (entry.key ?? entry.value) : entry.value
      if (offset >= 0) return placeAt(starts, offset)
    }
    return null
  }
}

interface Offsets {
  readonly key: number | null
  readonly value: number
}

/** A mapping or list that is being read. */
interface Level {
  readonly path: YamlPath
  readonly isMapping: boolean
  /** In a mapping: the key whose value comes next. */
  key: { readonly name: string; readonly offset: number } | null
  /** In a list: the number of values so far. */
  count: number
}

function offsetsOf(text: string): ReadonlyMap<string, Offsets> {
  const found = new Map<string, Offsets>()
  const levels: Level[] = []
  try {
    for (const event of parseEvents(text, {})) {
      if (event.type === EVENT_POP) levels.pop()
      else if (event.type === EVENT_SCALAR) value(event.valueStart, () => getScalarValue(text, event))
      else if (event.type === EVENT_ALIAS) value(event.anchorStart - 1, () => '')
      else if (event.type === EVENT_MAPPING || event.type === EVENT_SEQUENCE) {
        const path = value(event.start, () => '')
        levels.push({ path: path ?? [], isMapping: event.type === EVENT_MAPPING, key: null, count: 0 })
      }
    }
  } catch {
    // The reader of the document reports text that is not YAML.
  }
  return found

  /** Records that a key or a value begins at an offset. Returns the path of a value, and undefined for a key. */
  function value(offset: number, name: () => string): YamlPath | undefined {
    const level = levels.at(-1)
    if (level?.isMapping && level.key === null) {
      level.key = { name: name(), offset }
      return undefined
    }
    const path = level === undefined ? [] : [...level.path, level.key?.name ?? level.count]
    const id = nameOf(path)
    if (!found.has(id)) found.set(id, { key: level?.key?.offset ?? null, value: offset })
    if (level !== undefined) {
      level.key = null
      level.count++
    }
    return path
  }
}

function nameOf(path: YamlPath): string {
  return JSON.stringify(path)
}

/** Returns the offset at which each line begins. */
export function lineStarts(text: string): readonly number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** Returns the place of an offset. */
export function placeAt(starts: readonly number[], offset: number): TextPlace {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
}
