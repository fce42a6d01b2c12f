import {
  type ControlDescription,
  GROUP_KEYS,
  type Json,
  type JsonObject,
  moduleOfGroup,
  nearest,
  type RecipeEntry,
  show,
} from '@hotcb/protocol'
import { misuse } from './ops.ts'

/** What a run has to offer to a recipe. */
export interface RunControls {
  /** From `hotcb.actuators.json`. */
  readonly controls: readonly ControlDescription[]
  /** Names of its kernel modules (`modules` of `hotcb.state.json`); absent: any name but `opt` and `loss` may be one. */
  readonly modules?: readonly string[]
}

/** An entry that does not fit a run. */
export interface Misfit {
  /** Index of the entry. */
  readonly index: number
  /** The field, the value and what would be right. */
  readonly reason: string
}

/**
 * What in a recipe does not fit a run's controls: unknown keys and groups, values of the wrong type or out of bounds,
 * modules that are not there, ops that make no sense anywhere.
 *
 * @param run Null: only what makes no sense in any run.
 */
export function fitRecipe(entries: readonly RecipeEntry[], run: RunControls | null): readonly Misfit[] {
  const byKey = new Map(run?.controls.map((control) => [control.param_key, control]))
  return entries.flatMap((entry, index) => {
    const reason = misuse(entry) ?? (run === null ? null : misfit(entry, run, byKey))
    return reason === null ? [] : [{ index, reason }]
  })
}

type Controls = ReadonlyMap<string, ControlDescription>

function misfit(entry: RecipeEntry, run: RunControls, byKey: Controls): string | null {
  const { module, op, id, params } = entry
  if (module === 'core' || run.modules?.includes(module)) return null
  if (!hasControls(module, run)) {
    // Without the list of its modules, a run may have one of any name.
    return run.modules === undefined ? null : `\`module\` ${show(module)} is not there in this run`
  }
  if (op === 'set_params') return misfitParams(pairsOf(params ?? {}), params ?? {}, byKey)
  const keys = params?.['keys'] ?? params?.['key'] ?? (id === 'main' ? [] : id)
  const unknown = (Array.isArray(keys) ? keys : [keys]).map(String).find((key) => controlOf(key, byKey) === undefined)
  return unknown === undefined ? null : unknownKey(unknown, byKey)
}

function hasControls(module: string, run: RunControls): boolean {
  return module === 'opt' || module === 'loss' || run.controls.some(({ group }) => moduleOfGroup(group) === module)
}

function misfitParams(pairs: JsonObject, params: JsonObject, byKey: Controls): string | null {
  for (const [key, value] of Object.entries(pairs)) {
    const control = controlOf(key, byKey)
    if (control === undefined) return unknownKey(key, byKey)
    const reason = misfitGroup(params, control) ?? misfitValue(key, value, control)
    if (reason !== null) return reason
  }
  return null
}

// `{key, value}` names one pair; group words narrow and set nothing.
function pairsOf(params: JsonObject): JsonObject {
  const { key, value } = params
  if (typeof key === 'string' && value !== undefined) return { [key]: value }
  return Object.fromEntries(Object.entries(params).filter(([name]) => !GROUP_KEYS.includes(name) && name !== 'opt_idx'))
}

// An exact name comes first, then the forms that stand for it.
function controlOf(key: string, byKey: Controls): ControlDescription | undefined {
  const direct = byKey.get(key)
  if (direct !== undefined) return direct
  if (key === 'scheduler_scale' || key === 'scheduler_drop') return byKey.get('lr')
  if (key.startsWith('ramps.')) return byKey.get(key.slice('ramps.'.length))
  return key.endsWith('_w') ? byKey.get(key.slice(0, -2)) : undefined
}

function unknownKey(key: string, byKey: Controls): string {
  const near = nearest(key, byKey.keys(), 1)[0]
  const known = [...byKey.keys()].slice(0, 12)
  const has = known.length === 0 ? 'this run has no controls' : `this run has ${known.join(', ')}`
  return `\`params.${key}\` is no control of this run: ${near === undefined ? has : `did you mean \`${near}\`?`}`
}

function misfitGroup({ group, groups }: JsonObject, control: ControlDescription): string | null {
  const asked = [group, ...(Array.isArray(groups) ? groups : [groups])].filter(
    (one) => one !== undefined && one !== null,
  )
  const names = control.groups?.map(({ name }) => name) ?? ['0']
  for (const one of asked) {
    const isIndex = typeof one === 'number' || /^\d+$/.test(String(one))
    if (names.includes(String(one)) || (isIndex && Number(one) < names.length)) continue
    return `\`params.group\` must be one of ${names.join(', ')}, got ${show(one)}`
  }
  return null
}

function misfitValue(key: string, value: Json, control: ControlDescription): string | null {
  // Derived from the rate, or a ramp with ends of its own: only the kernel, at its step, can judge.
  if (key.startsWith('scheduler_') || key.startsWith('ramps.') || value === null) return null
  const perGroup = control.type !== 'tuple' && Array.isArray(value) && (control.groups?.length ?? 0) > 1
  for (const one of perGroup ? (value as readonly Json[]) : [value]) {
    const right = expectation(one, control)
    if (right !== null) return `\`params.${key}\` must be ${right}, got ${show(one)}`
  }
  return null
}

// What a value should have been; null if it is right.
function expectation(value: Json, control: ControlDescription): string | null {
  const { type, choices } = control
  if (type === 'bool') return typeof value === 'boolean' ? null : 'true or false'
  if (type === 'choice') return choices?.some((one) => same(one, value)) ? null : `one of ${show(choices)}`
  if (type === 'tuple') return Array.isArray(value) ? null : 'a list'
  // Python's command line sends numbers as text.
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? outOfBounds(number, control) : 'a number'
}

function outOfBounds(number: number, { type, min, max }: ControlDescription): string | null {
  if (type === 'int' && !Number.isInteger(number)) return 'a whole number'
  if (min !== null && number < min) return `at least ${min}`
  if (max !== null && number > max) return `at most ${max}`
  return null
}

function same(a: Json, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
