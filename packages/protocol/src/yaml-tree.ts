import {
  EVENT_ALIAS,
  EVENT_DOCUMENT,
  EVENT_MAPPING,
  EVENT_POP,
  EVENT_SCALAR,
  EVENT_SEQUENCE,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE_DOUBLE_QUOTED,
  SCALAR_STYLE_PLAIN,
  SCALAR_STYLE_SINGLE_QUOTED,
  YAMLException,
} from 'js-yaml'
import { MAX_DEPTH, TOO_DEEP } from './depth.ts'
import { oneLine } from './one-line.ts'
import { messageOf } from './thrown.ts'
import { lineStarts, placeAt, type TextPlace } from './yaml-places.ts'

/** A scalar as it is written. The consumer of the tree decides what plain text means. */
export interface YamlScalar {
  readonly kind: 'scalar'
  readonly text: string
  /** Whether it is neither quoted nor a block: `1e-3` is plain, `"1e-3"` is not. */
  readonly isPlain: boolean
  readonly place: TextPlace
}

/** One value of a YAML document with its place in the text. */
export type YamlNode =
  | YamlScalar
  | { readonly kind: 'list'; readonly items: readonly YamlNode[]; readonly place: TextPlace }
  | { readonly kind: 'map'; readonly entries: readonly YamlEntry[]; readonly place: TextPlace }

/** One key of a mapping and its value. */
export interface YamlEntry {
  readonly key: YamlScalar
  readonly value: YamlNode
}

/** The tree of a document, null for an empty one; or the problem and its place. */
export type YamlTree =
  | { readonly ok: true; readonly value: YamlNode | null }
  | { readonly ok: false; readonly reason: string; readonly place: TextPlace }

/**
 * Reads one YAML document as a tree of scalars with their places, so that the caller can decide on the types. Never
 * throws.
 *
 * Aliases are followed, and `<<` merges as in PyYAML. It rejects tags, duplicate keys in one mapping, several
 * documents, keys that are not scalars, more than 100 aliases, and nesting deeper than {@link MAX_DEPTH}.
 */
export function readYamlTree(text: string): YamlTree {
  const starts = lineStarts(text)
  try {
    return { ok: true, value: new TreeBuilder(text, starts).build() }
  } catch (error) {
    if (error instanceof TreeProblem) return { ok: false, reason: error.reason, place: placeAt(starts, error.offset) }
    if (!(error instanceof YAMLException)) return problemAtStart(messageOf(error))
    const { mark, reason } = error
    if (mark === undefined) return problemAtStart(reason)
    return { ok: false, reason: oneLine(reason), place: { line: mark.line + 1, column: mark.column + 1 } }
  }
}

function problemAtStart(reason: string): YamlTree {
  return { ok: false, reason: oneLine(reason), place: { line: 1, column: 1 } }
}

const MOST_ALIASES = 100
const MOST_REPEATED = 1_000_000

class TreeProblem {
  readonly reason: string
  readonly offset: number

  constructor(reason: string, offset: number) {
    this.reason = reason
    this.offset = offset
  }
}

type Open =
  | { readonly kind: 'list'; readonly items: YamlNode[]; readonly offset: number; readonly anchor: string }
  | {
      readonly kind: 'map'
      readonly entries: YamlEntry[]
      readonly offset: number
      readonly anchor: string
      key: YamlScalar | null
    }

class TreeBuilder {
  readonly #text: string
  readonly #starts: readonly number[]
  readonly #open: Open[] = []
  readonly #anchors = new Map<string, YamlNode>()
  #aliases = 0
  #repeated = 0
  #documents = 0
  #root: YamlNode | null = null

  constructor(text: string, starts: readonly number[]) {
    this.#text = text
    this.#starts = starts
  }

  build(): YamlNode | null {
    for (const event of parseEvents(this.#text, { maxDepth: 3 * MAX_DEPTH })) this.#take(event)
    return this.#root
  }

  #take(event: ReturnType<typeof parseEvents>[number]): void {
    switch (event.type) {
      case EVENT_DOCUMENT:
        if (++this.#documents > 1) throw new TreeProblem('expected one document, but there are more', this.#text.length)
        return
      case EVENT_SCALAR: {
        this.#refuseTag(event.tagStart, event.tagEnd)
        const isPlain = event.style === SCALAR_STYLE_PLAIN
        const isQuoted = event.style === SCALAR_STYLE_SINGLE_QUOTED || event.style === SCALAR_STYLE_DOUBLE_QUOTED
        const offset = event.valueStart - (isQuoted ? 1 : 0)
        const place = offset < 0 ? this.#emptyPlace() : placeAt(this.#starts, offset)
        const text = getScalarValue(this.#text, event)
        this.#add({ kind: 'scalar', text, isPlain, place }, this.#anchorOf(event), event.valueStart)
        return
      }
      case EVENT_MAPPING:
      case EVENT_SEQUENCE: {
        this.#refuseTag(event.tagStart, event.tagEnd)
        if (this.#open.length >= MAX_DEPTH) throw new TreeProblem(TOO_DEEP, event.start)
        const shared = { offset: event.start, anchor: this.#anchorOf(event) }
        if (event.type === EVENT_MAPPING) this.#open.push({ kind: 'map', entries: [], key: null, ...shared })
        else this.#open.push({ kind: 'list', items: [], ...shared })
        return
      }
      case EVENT_ALIAS:
        this.#add(this.#aliased(event.anchorStart, event.anchorEnd), '', event.anchorStart)
        return
      case EVENT_POP:
        this.#close()
    }
  }

  // An empty value has no place: a problem with it is reported at its key.
  #emptyPlace(): TextPlace {
    const parent = this.#open.at(-1)
    return (parent?.kind === 'map' ? parent.key?.place : undefined) ?? placeAt(this.#starts, parent?.offset ?? 0)
  }

  #anchorOf({ anchorStart, anchorEnd }: { readonly anchorStart: number; readonly anchorEnd: number }): string {
    return anchorStart < 0 ? '' : this.#text.slice(anchorStart, anchorEnd)
  }

  #refuseTag(start: number, end: number): void {
    if (start < 0 || end <= start) return
    throw new TreeProblem(
      `the tag \`${this.#text.slice(start, end)}\` is not supported; write the value without it`,
      start,
    )
  }

  #aliased(start: number, end: number): YamlNode {
    const name = this.#text.slice(start, end)
    const node = this.#anchors.get(name)
    if (node === undefined) throw new TreeProblem(`the alias \`*${name}\` has no anchor before it`, start)
    if (++this.#aliases > MOST_ALIASES) throw new TreeProblem(`more than ${MOST_ALIASES} aliases`, start)
    this.#repeated += sizeOf(node, MOST_REPEATED)
    if (this.#repeated > MOST_REPEATED) throw new TreeProblem('its aliases repeat too much', start)
    return node
  }

  #close(): void {
    const closed = this.#open.pop()
    // This event ends the document itself.
    if (closed === undefined) return
    const place = placeAt(this.#starts, closed.offset)
    const node: YamlNode =
      closed.kind === 'list'
        ? { kind: 'list', items: closed.items, place }
        : { kind: 'map', entries: merged(closed.entries, this.#starts), place }
    this.#add(node, closed.anchor, closed.offset)
  }

  #add(node: YamlNode, anchor: string, offset: number): void {
    if (anchor !== '') this.#anchors.set(anchor, node)
    const parent = this.#open.at(-1)
    if (parent === undefined) this.#root = node
    else if (parent.kind === 'list') parent.items.push(node)
    else if (parent.key === null) {
      if (node.kind !== 'scalar') throw new TreeProblem('a key must be text, not a list or a mapping', offset)
      const twin = parent.entries.find(({ key }) => key.text === node.text && node.text !== '<<')
      if (twin !== undefined)
        throw new TreeProblem(
          `the key \`${node.text}\` appears twice: it is also on line ${twin.key.place.line}`,
          offset,
        )
      parent.key = node
    } else {
      parent.entries.push({ key: parent.key, value: node })
      parent.key = null
    }
  }
}

/** Returns the entries, followed by those of `<<` whose keys are not defined directly. */
function merged(entries: readonly YamlEntry[], starts: readonly number[]): readonly YamlEntry[] {
  const isMerge = ({ key }: YamlEntry): boolean => key.isPlain && key.text === '<<'
  const merges = entries.filter(isMerge)
  if (merges.length === 0) return entries
  const all = [...entries.filter((entry) => !isMerge(entry)), ...merges.flatMap((merge) => sourcesOf(merge, starts))]
  const byName = new Map<string, YamlEntry>()
  for (const entry of all) if (!byName.has(entry.key.text)) byName.set(entry.key.text, entry)
  return [...byName.values()]
}

function sourcesOf({ key, value }: YamlEntry, starts: readonly number[]): readonly YamlEntry[] {
  return (value.kind === 'list' ? value.items : [value]).flatMap((source) => {
    if (source.kind === 'map') return source.entries
    const offset = (starts[key.place.line - 1] ?? 0) + key.place.column - 1
    throw new TreeProblem('`<<` must be a mapping, or a list of mappings', offset)
  })
}

function sizeOf(node: YamlNode, limit: number): number {
  if (node.kind === 'scalar') return 1
  const inner = node.kind === 'list' ? node.items : node.entries.map(({ value }) => value)
  let size = 1
  for (const one of inner) {
    size += sizeOf(one, limit)
    if (size > limit) return size
  }
  return size
}
