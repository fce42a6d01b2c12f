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

/** How params are checked. */
export interface ParamsPlace {
  /** The prefix of keys in messages, such as `params.`. @defaultValue none */
  readonly prefix?: string
  /** Whether to leave keys and groups without a description to the kernel. @defaultValue false */
  readonly lenient?: boolean
  /** Whether they come from a recipe, where the resulting `scheduler_scale` is next to `lr`. @defaultValue false */
  readonly isRecorded?: boolean
  /** Whether numbers may be relative, as in commands, where the kernel knows the current value. @defaultValue false */
  readonly relative?: boolean
  /** The modules of the run, when a command is checked. @defaultValue the built-in ones */
  readonly table?: ModuleTable
}

/** Controls by their keys. */
export type ControlsByKey = ReadonlyMap<string, ControlDescription>

/** Controls by their keys, as {@link checkParams} accepts them. */
export function controlsByKey(controls: readonly ControlDescription[]): ControlsByKey {
  return new Map(controls.map((control) => [control.param_key, control]))
}

/**
 * The first problem that the controls of a run would find in the params of a `set_params`, by their descriptions alone;
 * null if there is none. The kernel checks the rest at its step: whether there is a schedule, its value, and what is
 * disabled.
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

/** The control that a key means: by name, as `NAME_w` of a loss, or with `ramps.` or `scheduler_` in front. */
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

/** The values that the scale of a schedule accepts; it has the same parameter groups as the rate. */
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

/** The values that the factor for the scale of a schedule accepts. */
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
      return `\`${field}\`: no ramp can move \`${control.param_key}\`, a control of type ${control.type}`
    if (groups.value !== null) return `\`${field}\` moves all parameter groups: leave \`group\` and \`groups\` out`
    return checkRamp(control, field, value)
  }
  return reasonOf(
    checkValue(ruleOf(key, control), value, { field, groups: key === 'scheduler_drop' ? null : groups.value }),
  )
}

// A factor and a ramp define themselves how they depend on the current value.
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
  // The step and the length of the run are known only to the kernel: here any will do.
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

// A null leaves a value unchanged: alone, it sets nothing.
function nothingToSet(params: JsonObject, controls: ControlsByKey, place: ParamsPlace): ParamsProblem | null {
  const [key] = Object.keys(params)
  if (key === undefined) return { key: null, reason: 'nothing to set: `params` needs at least one key' }
  if (params[key] !== null) return { key, reason: `\`${place.prefix ?? ''}${key}\` sets nothing by itself` }
  const reason = checkPair({ key, value: null, narrowing: {} }, controls, place)
  if (reason === null && place.lenient) return null
  return { key, reason: reason ?? `\`${place.prefix ?? ''}${key}\` sets nothing, got null` }
}

/** The message that a key is not a control of a run, with the nearest ones. @param field Its name in the message. */
export function unknownControl(field: string, key: string, controls: ControlsByKey): string {
  const [near] = nearest(key, controls.keys(), 1)
  const known = [...controls.keys()].slice(0, 12)
  const has = known.length === 0 ? 'this run has no controls' : `this run has ${known.join(', ')}`
  return `\`${field}\` is not a control of this run: ${near === undefined ? has : `did you mean \`${near}\`?`}`
}

function reasonOf(result: Result<unknown>): string | null {
  return result.ok ? null : result.reason
}
