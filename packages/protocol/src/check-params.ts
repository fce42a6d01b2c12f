import { checkValue, isNumeric, type ValueRule } from './check-value.ts'
import type { ControlDescription } from './control.ts'
import type { ModuleTable } from './descriptor/built-in.ts'
import type { Json, JsonObject } from './json.ts'
import { namedGroupsOf, narrowGroups } from './narrow-groups.ts'
import { nearest } from './nearest.ts'
import { readRamp } from './ramp.ts'
import { rateKeysProblem } from './rate-keys.ts'
import { readRelative } from './relative.ts'
import { ok, type Result } from './result.ts'
import { readSetParams } from './set-params.ts'

/** A problem in the params of a `set_params`. */
export interface ParamsProblem {
  /** The key in question; null if it is not about one key. */
  readonly key: string | null
  readonly reason: string
}

/** The source of params, and how strictly they are checked. */
export interface ParamsPlace {
  /** The prefix for keys in messages, such as `params.`. @defaultValue none */
  readonly prefix?: string
  /** Whether keys and groups without a description are left for the kernel to check. @defaultValue false */
  readonly lenient?: boolean
  /**
   * Whether they come from a recipe, which contains the resulting `scheduler_scale` in addition to `lr`. @defaultValue
   * false
   */
  readonly isRecorded?: boolean
  /** Whether numbers may be relative. They may in commands, where the kernel resolves them. @defaultValue false */
  readonly relative?: boolean
  /** The run's modules, when a command is checked. @defaultValue the built-in ones */
  readonly table?: ModuleTable
}

/** Controls by key. */
export type ControlsByKey = ReadonlyMap<string, ControlDescription>

/** Creates a map of controls by key, as {@link checkParams} accepts it. */
export function controlsByKey(controls: readonly ControlDescription[]): ControlsByKey {
  return new Map(controls.map((control) => [control.param_key, control]))
}

/**
 * Checks the params of a `set_params` against the descriptions of a run's controls. Returns the first problem; null if
 * there is none. The kernel checks the rest when the command is due: whether there is a schedule, its value, and which
 * controls are disabled.
 */
export function checkParams(
  params: JsonObject,
  controls: ControlsByKey,
  place: ParamsPlace = {},
): ParamsProblem | null {
  const asked = readSetParams(params)
  if (!asked.ok) return { key: null, reason: asked.reason }
  const { pairs, narrowing } = asked.value
  if (pairs.length === 0) return nothingToSet(params, controls, place)
  for (const [key, value] of pairs) {
    const reason = checkPair({ key, value, narrowing }, controls, place)
    if (reason !== null) return { key, reason }
  }
  return place.isRecorded ? null : rateKeysProblem(asked.value)
}

/**
 * Finds the control that a key refers to: its own name, `NAME_w` for a loss weight, or either with the prefix
 * `ramps.` or `scheduler_`.
 */
export function findDescribed(key: string, controls: ControlsByKey): ControlDescription | undefined {
  const direct = controls.get(key)
  if (direct !== undefined) return direct
  if (key === 'scheduler_scale' || key === 'scheduler_drop') return controls.get('lr')
  if (key.startsWith('ramps.')) {
    const name = key.slice('ramps.'.length)
    return name.startsWith('ramps.') || name.startsWith('scheduler_') ? undefined : findDescribed(name, controls)
  }
  const weight = key.endsWith('_w') ? controls.get(key.slice(0, -2)) : undefined
  return weight?.group === 'loss' ? weight : undefined
}

/** Returns the rule for a schedule's scale, which has the same parameter groups as the rate. */
export function scaleRuleOf({ groups }: Pick<ValueRule, 'groups'>): ValueRule {
  const named = groups?.map(({ name }) => ({ name, value: null }))
  return { ...SCALE, ...(named && { groups: named }) }
}

const SCALE: ValueRule = {
  param_key: 'scheduler_scale',
  type: 'float',
  min: 0,
  max: null,
  choices: null,
  current: null,
}

/** The values that the factor for a schedule's scale accepts. */
export const DROP_RULE: ValueRule = { ...SCALE, param_key: 'scheduler_drop', type: 'log_float', min: null }

interface Pair {
  readonly key: string
  readonly value: Json
  readonly narrowing: JsonObject
}

function checkPair({ key, value, narrowing }: Pair, controls: ControlsByKey, place: ParamsPlace): string | null {
  const { prefix = '', lenient = false } = place
  const field = `${prefix}${key}`
  const control = findDescribed(key, controls)
  if (control === undefined) return lenient ? null : unknownControl(field, key, controls)
  const isLeft = lenient && control.groups === undefined
  const groups = isLeft ? ok(null) : narrowGroups(namedGroupsOf(control), narrowing, control.param_key, prefix)
  if (!groups.ok) return groups.reason
  if (place.relative === true && canBeRelative(key, control) && readRelative(value) !== null) return null
  if (key.startsWith('ramps.') && control.param_key !== key) {
    if (!isNumeric(control))
      return `\`${field}\`: there cannot be a ramp for \`${control.param_key}\`, a control of type ${control.type}`
    if (groups.value !== null) return `\`${field}\` changes all parameter groups: leave \`group\` and \`groups\` out`
    return checkRamp(control, field, value)
  }
  return reasonOf(
    checkValue(ruleOf(key, control), value, { field, groups: key === 'scheduler_drop' ? null : groups.value }),
  )
}

// A `scheduler_drop` factor and a ramp already define how they depend on the current value.
function canBeRelative(key: string, { type, param_key }: ControlDescription): boolean {
  return isNumeric({ type }) && key !== 'scheduler_drop' && (!key.startsWith('ramps.') || param_key === key)
}

function ruleOf(key: string, control: ControlDescription): ValueRule {
  if (key === 'scheduler_drop') return DROP_RULE
  return key === 'scheduler_scale' ? scaleRuleOf(control) : control
}

function checkRamp(control: ControlDescription, field: string, value: Json): string | null {
  if (value === null) return null
  const current = typeof control.current === 'number' ? control.current : 0
  // Only the kernel knows the step and the length of the run. This check does not depend on them.
  const ramp = readRamp(field, value, { step: 0, current, total: 1 })
  if (!ramp.ok) return ramp.reason
  const given = value as JsonObject
  for (const end of ['start', 'end'] as const) {
    if ((given[end] ?? null) === null) continue
    const checked = checkValue(control, ramp.value[end], { field: `${field}.${end}` })
    if (!checked.ok) return checked.reason
  }
  return null
}

// Rejects params that set nothing because all values are null, which means unchanged.
function nothingToSet(params: JsonObject, controls: ControlsByKey, place: ParamsPlace): ParamsProblem | null {
  const [key] = Object.keys(params)
  if (key === undefined) return { key: null, reason: 'nothing to set: `params` needs at least one key' }
  if (params[key] !== null) return { key, reason: `\`${place.prefix ?? ''}${key}\` sets nothing on its own` }
  const reason = checkPair({ key, value: null, narrowing: {} }, controls, place)
  if (reason === null && place.lenient) return null
  return { key, reason: reason ?? `\`${place.prefix ?? ''}${key}\` sets nothing, got null` }
}

/**
 * Returns the message for a key that none of the run's controls has; it suggests the nearest keys. @param field The
 * name of the key in the message.
 */
export function unknownControl(field: string, key: string, controls: ControlsByKey): string {
  const [near] = nearest(key, controls.keys(), 1)
  const known = [...controls.keys()].slice(0, 12)
  const has = known.length === 0 ? 'this run has no controls' : `this run has ${known.join(', ')}`
  return `\`${field}\` is not a control of this run: ${near === undefined ? has : `did you mean \`${near}\`?`}`
}

function reasonOf(result: Result<unknown>): string | null {
  return result.ok ? null : result.reason
}
