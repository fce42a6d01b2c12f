import type { Json, RecipeEntry } from '@hotcb/protocol'

/** One difference between two recipes. */
export interface RecipeDifference {
  readonly kind: 'added' | 'removed' | 'changed'
  /** The entry of the first recipe; null if it was added. */
  readonly before: RecipeEntry | null
  /** The entry of the second recipe; null if it was removed. */
  readonly after: RecipeEntry | null
  /** The changed fields, by path such as `at.step` or `params.lr`. Empty for added and removed entries. */
  readonly fields: readonly FieldDifference[]
}

export interface FieldDifference {
  readonly path: string
  /** Undefined if the field did not exist. */
  readonly before: Json | undefined
  /** Undefined if the field no longer exists. */
  readonly after: Json | undefined
}

/**
 * Compares the meaning of two recipes. The order of keys, the numbering (`seq`) and the index of the `apply` call
 * (`call`) are ignored. An entry that was moved or has a different value is `changed`, not removed and added.
 *
 * Entries are paired within one module, op and id: first equal entries, then those at the same place, then those that
 * set the same keys, then the rest, each in order.
 *
 * @returns The differences, sorted by step; empty if both recipes have the same effect.
 */
export function diffRecipes(
  before: readonly RecipeEntry[],
  after: readonly RecipeEntry[],
): readonly RecipeDifference[] {
  const differences: RecipeDifference[] = []
  const others = groupsOf(after)
  for (const [key, group] of groupsOf(before)) {
    differences.push(...diffGroup(group, others.get(key) ?? []))
    others.delete(key)
  }
  for (const group of others.values()) differences.push(...diffGroup([], group))
  return differences.sort((a, b) => stepOf(a) - stepOf(b))
}

/** Pairs the entries of two recipes that are the same entry, changed or not. */
export function pairEntries(before: readonly RecipeEntry[], after: readonly RecipeEntry[]): readonly Pair[] {
  const others = groupsOf(after)
  return [...groupsOf(before)].flatMap(([key, group]) => pairGroup(group, others.get(key) ?? []).pairs)
}

type Pair = readonly [before: RecipeEntry, after: RecipeEntry]

function groupsOf(entries: readonly RecipeEntry[]): Map<string, RecipeEntry[]> {
  const groups = new Map<string, RecipeEntry[]>()
  for (const entry of entries) {
    const key = JSON.stringify([entry.module, entry.op, entry.id])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [entry])
    else group.push(entry)
  }
  return groups
}

function diffGroup(before: readonly RecipeEntry[], after: readonly RecipeEntry[]): readonly RecipeDifference[] {
  const { left, right, pairs } = pairGroup(before, after)
  const differences: RecipeDifference[] = []
  for (const [a, b] of pairs) {
    const fields = fieldsOf(a, b)
    if (fields.length > 0) differences.push({ kind: 'changed', before: a, after: b, fields })
  }
  for (const entry of left) differences.push({ kind: 'removed', before: entry, after: null, fields: [] })
  for (const entry of right) differences.push({ kind: 'added', before: null, after: entry, fields: [] })
  return differences
}

function pairGroup(before: readonly RecipeEntry[], after: readonly RecipeEntry[]): ReturnType<typeof pair> {
  let left = [...before]
  let right = [...after]
  const pairs: Pair[] = []
  for (const signature of SIGNATURES) {
    const paired = pair(left, right, signature)
    left = paired.left
    right = paired.right
    pairs.push(...paired.pairs)
  }
  return { left, right, pairs }
}

const SIGNATURES: readonly ((entry: RecipeEntry) => string)[] = [
  (entry) => canonical([...placeOf(entry), contentOf(entry)]),
  (entry) => canonical(contentOf(entry)),
  (entry) => canonical([...placeOf(entry), keysOf(entry)]),
  (entry) => canonical(keysOf(entry)),
]

function pair(
  left: readonly RecipeEntry[],
  right: readonly RecipeEntry[],
  signature: (entry: RecipeEntry) => string,
): {
  readonly left: RecipeEntry[]
  readonly right: RecipeEntry[]
  readonly pairs: readonly Pair[]
} {
  const waiting = new Map<string, RecipeEntry[]>()
  for (const entry of right) {
    const key = signature(entry)
    const list = waiting.get(key)
    if (list === undefined) waiting.set(key, [entry])
    else list.push(entry)
  }
  // The order is reversed, so that the first entry can be removed with `pop`.
  for (const list of waiting.values()) list.reverse()
  const taken = new Set<RecipeEntry>()
  const pairs: Pair[] = []
  const rest = left.filter((entry) => {
    const other = waiting.get(signature(entry))?.pop()
    if (other === undefined) return true
    taken.add(other)
    pairs.push([entry, other])
    return false
  })
  return { left: rest, right: right.filter((entry) => !taken.has(entry)), pairs }
}

function placeOf({ at }: RecipeEntry): readonly Json[] {
  return [at.step, at.event, at.end === true]
}

function contentOf({ params, target, init, enabled, source_capture }: RecipeEntry): Json {
  return [params ?? null, target ?? null, init ?? null, enabled ?? null, source_capture?.['sha256'] ?? null]
}

function keysOf({ params }: RecipeEntry): Json {
  return Object.keys(params ?? {}).sort()
}

function fieldsOf(before: RecipeEntry, after: RecipeEntry): readonly FieldDifference[] {
  const a = flat(before)
  const b = flat(after)
  const paths = new Set([...a.keys(), ...b.keys()])
  return [...paths].flatMap((path) => {
    const [was, is] = [a.get(path), b.get(path)]
    return canonical(was ?? null) === canonical(is ?? null) ? [] : [{ path, before: was, after: is }]
  })
}

function flat({ at, params, target, init, enabled, source_capture }: RecipeEntry): ReadonlyMap<string, Json> {
  const paths = new Map<string, Json>([
    ['at.step', at.step],
    ['at.event', at.event],
    ['at.end', at.end === true],
  ])
  for (const [name, fields] of Object.entries({ params, target, init })) {
    for (const [key, value] of Object.entries(fields ?? {})) paths.set(`${name}.${key}`, value)
  }
  if (typeof enabled === 'boolean') paths.set('enabled', enabled)
  const sha256 = source_capture?.['sha256']
  if (sha256 !== undefined) paths.set('source_capture.sha256', sha256)
  return paths
}

/** Formats JSON with sorted keys, so that equal values result in equal strings. */
export function canonical(value: Json): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

function stepOf({ before, after }: RecipeDifference): number {
  return (after ?? before)?.at.step ?? 0
}
