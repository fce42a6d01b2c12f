import type { Json } from './json.ts'
import { nearest } from './nearest.ts'
import { ok, type Result, refused } from './result.ts'

/** The keys of an optimizer, and the keys that narrow them to parameter groups. */
export const OPTIMIZER_KEYS: readonly string[] = [
  'lr',
  'weight_decay',
  'betas',
  'momentum',
  'clip_norm',
  'scheduler_scale',
  'scheduler_drop',
]

/** Keys that narrow an op to parameter groups; they are not controls. */
export const GROUP_KEYS: readonly string[] = ['group', 'groups']

/**
 * Sorts the assignments in `set k=v...` by module. Optimizer keys belong to `opt`, `*_w` and `terms.*` to `loss`, and a
 * described control to the module of its group. `ramps.K` belongs to the module of K, or to `loss` if K is unknown.
 * Assignments for several modules become one group of params per module.
 *
 * @param moduleOfControl The module of each described control (`hotcb.actuators.json`), by key.
 */
export function routeParams(
  params: Readonly<Record<string, Json>>,
  moduleOfControl: ReadonlyMap<string, string>,
): Result<ReadonlyMap<string, Readonly<Record<string, Json>>>> {
  const byModule = new Map<string, Record<string, Json>>()
  for (const [key, value] of Object.entries(params)) {
    const module = moduleOfKey(key, moduleOfControl)
    if (module === undefined) {
      const known = [...new Set([...moduleOfControl.keys(), ...OPTIMIZER_KEYS])]
      const near = nearest(key, known)
      const hint =
        near.length > 0 ? `did you mean ${near.map((word) => `\`${word}\``).join(' or ')}?` : knownHint(known)
      return refused(`unknown key \`${key}\`: ${hint}`)
    }
    const group = byModule.get(module) ?? {}
    // Not set by assignment, because `__proto__` must be a key like any other.
    Object.defineProperty(group, key, { value, enumerable: true, configurable: true, writable: true })
    byModule.set(module, group)
  }
  return ok(byModule)
}

function moduleOfKey(key: string, moduleOfControl: ReadonlyMap<string, string>): string | undefined {
  if (OPTIMIZER_KEYS.includes(key) || GROUP_KEYS.includes(key)) return 'opt'
  const described = moduleOfControl.get(key)
  if (described !== undefined) return described
  if (key.startsWith('ramps.')) return moduleOfKey(key.slice('ramps.'.length), moduleOfControl) ?? 'loss'
  if (key.endsWith('_w') || key.startsWith('terms.')) return 'loss'
  return undefined
}

function knownHint(known: readonly string[]): string {
  return `choose from ${known.slice(0, 12).join(', ')}${known.length > 12 ? ', …' : ''}`
}
