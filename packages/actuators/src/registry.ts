import { nearest, ok, type Result, refused, show } from '@hotcb/protocol'
import type { Actuator } from './actuator.ts'

/** The controls of a trainer, found by any key that means them. */
export interface Registry {
  readonly actuators: readonly Actuator[]
  readonly byKey: ReadonlyMap<string, Actuator>
}

/** @throws RangeError when two controls share a key. */
export function createRegistry(actuators: readonly Actuator[]): Registry {
  const byKey = new Map<string, Actuator>()
  for (const actuator of actuators) {
    if (byKey.has(actuator.key)) throw new RangeError(`two controls are called \`${actuator.key}\`: keys must differ`)
    byKey.set(actuator.key, actuator)
  }
  // An exact name comes before an alias.
  for (const actuator of actuators) {
    for (const alias of actuator.aliases) if (!byKey.has(alias)) byKey.set(alias, actuator)
  }
  return { actuators, byKey }
}

/** The control that a key of an op means: itself, by alias, or by `ramps.` or `scheduler_` in front. */
export function findControl(registry: Registry, key: string): Result<Actuator> {
  const direct = registry.byKey.get(key)
  if (direct !== undefined) return ok(direct)
  if (key === 'scheduler_scale' || key === 'scheduler_drop') {
    const rate = registry.byKey.get('lr')
    if (rate !== undefined) return ok(rate)
  }
  if (key.startsWith('ramps.')) {
    const target = registry.byKey.get(key.slice('ramps.'.length))
    if (target?.rampable) return ok(target)
  }
  const known = registry.actuators.map((actuator) => actuator.key)
  const near = nearest(key, known)
  const hint =
    near.length > 0
      ? `did you mean ${near.map((word) => `\`${word}\``).join(' or ')}?`
      : known.length > 0
        ? `this trainer has ${known.slice(0, 12).join(', ')}${known.length > 12 ? ', …' : ''}`
        : 'this trainer has no controls'
  return refused(`unknown_param: \`${key}\`: ${hint}`)
}

/** Indices of the parameter groups that `group` or `groups` of an op narrow it to; null for all. */
export function narrowedGroups(
  actuator: Actuator,
  params: { readonly group?: unknown; readonly groups?: unknown },
): Result<readonly number[] | null> {
  const { group, groups } = params
  if ((group === undefined || group === null) && (groups === undefined || groups === null)) return ok(null)
  const asked = Array.isArray(groups) ? groups : [group ?? groups]
  const indices = new Set<number>()
  for (const one of asked) {
    const named = actuator.paramGroups.indexOf(String(one))
    const index = named >= 0 ? named : Number(one)
    if (!Number.isInteger(index) || index < 0 || index >= actuator.paramGroups.length || one === '') {
      const known = actuator.paramGroups.map((name, i) => name || String(i)).join(', ')
      return refused(`\`group\` must be one of ${known}, got ${show(one)}`)
    }
    indices.add(index)
  }
  return ok([...indices].sort((a, b) => a - b))
}
