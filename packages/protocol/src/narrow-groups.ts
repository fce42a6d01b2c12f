import type { ControlDescription } from './control.ts'
import { type Json, type JsonObject, show } from './json.ts'
import { ok, type Result, refused } from './result.ts'

/** The parameter groups of a control that `group` and `groups` can name. */
export interface NamedGroups {
  /** The names; an empty string for a group without a name. */
  readonly names: readonly string[]
  readonly places: readonly number[]
}

/** Returns the parameter groups in a description; a single one without a name if it lists none. */
export function namedGroupsOf({ groups }: Pick<ControlDescription, 'groups'>): NamedGroups {
  if (groups === undefined) return { names: [''], places: [0] }
  return { names: groups.map(({ name }) => name), places: groups.map(({ place }, i) => place ?? i) }
}

/**
 * Returns the indices of the parameter groups that `group` and `groups` select, ascending; null for all.
 *
 * @param narrowing The keys `group` and `groups` of the op, as given.
 * @param key The control, for messages.
 * @param prefix The prefix for `group` in messages, such as `params.`.
 */
export function narrowGroups(
  groups: NamedGroups,
  narrowing: JsonObject,
  key: string,
  prefix = '',
): Result<readonly number[] | null> {
  const asked = Object.values(narrowing).flatMap((one) => (Array.isArray(one) ? one : [one]))
  if (asked.length === 0) {
    return Object.keys(narrowing).length === 0
      ? ok(null)
      : refused(`\`${prefix}groups\` must name at least one, got none`)
  }
  const indices = new Set<number>()
  for (const one of asked) {
    const named = groupsCalled(groups, one)
    if (named.length === 0) {
      const known = groups.names.map((name, i) => name || String(groups.places[i] ?? i)).join(', ')
      return refused(`\`${prefix}group\` must be one of ${known} for \`${key}\`, got ${show(one)}`)
    }
    for (const index of named) indices.add(index)
  }
  return ok([...indices].sort((a, b) => a - b))
}

// Returns all groups with that name, or the one at that index.
function groupsCalled({ names, places }: NamedGroups, word: Json): readonly number[] {
  if (typeof word !== 'string' && typeof word !== 'number') return []
  const named = names.flatMap((name, i) => (name !== '' && name === String(word) ? [i] : []))
  if (named.length > 0 || !/^\d+$/.test(String(word))) return named
  const index = places.indexOf(Number(word))
  return index >= 0 ? [index] : []
}
