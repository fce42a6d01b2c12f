import {
  EVENT_ALIAS,
  EVENT_MAPPING,
  EVENT_POP,
  EVENT_SCALAR,
  EVENT_SEQUENCE,
  getScalarValue,
  parseEvents,
} from 'js-yaml'

/** A place in a text, both from 1. */
export interface TextPlace {
  readonly line: number
  readonly column: number
}

/** Keys and list positions from the top of a document to a value. */
export type YamlPath = readonly (string | number)[]

/**
 * The place of a value in its text.
 *
 * @param of The key of the value, where it has one, or the value itself. Default: the value.
 * @returns The place of the nearest value around it, where it has none itself: the target of an alias, a field that is
 * missing. Null in a text without values.
 */
export type YamlPlaces = (path: YamlPath, of?: 'key' | 'value') => TextPlace | null

/** Finds the places of all keys and values of a YAML document. Never throws: a text that is not YAML has no places. */
export function yamlPlaces(text: string): YamlPlaces {
  const found = offsetsOf(text)
  const starts = lineStarts(text)
  return (path, of = 'value') => {
    for (let length = path.length; length >= 0; length--) {
      const entry = found.get(nameOf(path.slice(0, length)))
      if (entry !== undefined) return placeAt(starts, of === 'key' ? (entry.key ?? entry.value) : entry.value)
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
  /** Of a mapping: the key whose value comes next. */
  key: { readonly name: string; readonly offset: number } | null
  /** Of a list: how many values it had. */
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
    // What is not YAML is refused where it is read.
  }
  return found

  /** Takes note of what begins at an offset; gives the path of a value, and undefined for a key. */
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

/** The offset at which each line begins. */
export function lineStarts(text: string): readonly number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** The place of an offset. */
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
