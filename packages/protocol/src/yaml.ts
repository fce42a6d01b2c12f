// The only YAML reader. It is a separate entry, so that a command line that uses no YAML need not load the parser.
import { CORE_SCHEMA, dump, load, mergeTag, YAMLException } from 'js-yaml'
import { MAX_DEPTH, TOO_DEEP } from './depth.ts'
import type { Json } from './json.ts'
import { oneLine } from './one-line.ts'
import { messageOf } from './thrown.ts'
import type { YamlReading } from './yaml-reading.ts'

export { type TextPlace, type YamlPath, type YamlPlaces, yamlPlaces } from './yaml-places.ts'
export { readYamlTree, type YamlEntry, type YamlNode, type YamlScalar, type YamlTree } from './yaml-tree.ts'

/**
 * Reads one YAML document. Never throws.
 *
 * A document that is empty, or contains only comments, is null. A byte order mark at the start is skipped. Merge keys
 * (`<<`) work as in Python's PyYAML. It rejects more than one document, more than 16 Mi characters, duplicate keys in a
 * mapping, tags of other types, nesting deeper than {@link MAX_DEPTH}, and aliases that contain themselves or that
 * repeat more than a million characters.
 */
export function parseYaml(text: string): YamlReading {
  if (text.length > LONGEST_TEXT)
    return refusedAt(null, `the text is too long: ${text.length} characters; the limit is 16 Mi`)
  if (isEmpty(text)) return { ok: true, value: null }
  try {
    const value = load(text, OPTIONS)
    const problem = extentProblem(value, text.length)
    // The schema allows only the types of JSON.
    return problem === null ? { ok: true, value: value as Json } : refusedAt(null, problem)
  } catch (error) {
    if (!(error instanceof YAMLException)) return refusedAt(null, messageOf(error))
    const { mark } = error
    return refusedAt(mark === undefined ? null : mark.line + 1, REASONS.get(error.reason) ?? error.reason)
  }
}

/** Formats a value as a YAML document, with two spaces per level and short lists on one line. */
export function formatYaml(value: Json): string {
  return dump(value, { flowLevel: 5, lineWidth: 120, noRefs: true })
}

// The parser's own limit counts every nested node, including scalars and blocks, so it is used only to protect the
// stack.
const OPTIONS = { schema: CORE_SCHEMA.withTags(mergeTag), maxDepth: 3 * MAX_DEPTH }
const LONGEST_TEXT = 16 * 1024 * 1024
const LONGEST_REASON = 300
const MOST_REPEATED = 1_000_000

const REASONS: ReadonlyMap<string, string> = new Map([
  [`nesting exceeded maxDepth (${OPTIONS.maxDepth})`, TOO_DEEP],
  ['duplicated mapping key', 'a mapping contains the same key twice'],
  ['expected a single document in the stream, but found more', 'expected one document, but there are more'],
])

function refusedAt(line: number | null, reason: string): YamlReading {
  return { ok: false, reason: oneLine(reason, LONGEST_REASON), line }
}

/** Whether there is no document: only blank lines and comments. The parser treats that as an error. */
function isEmpty(text: string): boolean {
  for (let at = text.charCodeAt(0) === 0xfeff ? 1 : 0; at < text.length; ) {
    const end = text.indexOf('\n', at)
    const line = text.slice(at, end < 0 ? text.length : end).trim()
    if (line !== '' && !line.startsWith('#')) return false
    if (end < 0) break
    at = end + 1
  }
  return true
}

// An alias puts the same object in several places, so a document of a few lines may represent a tree of billions of
// nodes, or an infinite one. Serializing it would write the whole tree.
function extentProblem(value: unknown, textLength: number): string | null {
  const extent = { left: textLength + MOST_REPEATED }
  if (isDeep(value, MAX_DEPTH, extent)) return TOO_DEEP
  return extent.left < 0 ? `its aliases repeat more than ${MOST_REPEATED} characters` : null
}

function isDeep(value: unknown, levels: number, extent: { left: number }): boolean {
  extent.left -= typeof value === 'string' ? value.length : 1
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  const isList = Array.isArray(value)
  for (const key in value) {
    if (!isList) extent.left -= key.length
    if (extent.left < 0) return false
    // The cast is safe: any object can be indexed by a key.
    if (isDeep((value as Record<string, unknown>)[key], levels - 1, extent)) return true
  }
  return false
}
