import { isNumberText } from './assignment.ts'
import type { ControlDescription } from './control.ts'
import { type Json, show } from './json.ts'
import { readRelative } from './relative.ts'
import { ok, type Result, refused } from './result.ts'
import { sameJson } from './same-json.ts'

/** The part of a control's description that defines the values it accepts. */
export type ValueRule = Pick<
  ControlDescription,
  'param_key' | 'type' | 'min' | 'max' | 'choices' | 'current' | 'groups' | 'registered'
>

/** Where a value is set. */
export interface ValuePlace {
  /** The name of the field in messages, such as `params.lr`. @defaultValue the control's key */
  readonly field?: string
  /** Indices of the parameter groups to set; null for all. @defaultValue null */
  readonly groups?: readonly number[] | null
}

/**
 * Checks whether a control accepts a value. Commands, recipes, overlays, YAML, the command line and the dashboard all
 * use this check.
 *
 * Numbers may be passed as strings (Python's command line sends `"1e-4"`). A list assigns each parameter group its own
 * value. One number for all groups is multiplied by each group's ratio, and each result must be within the bounds.
 *
 * @returns The converted value; or a message that states the problem, the value, and what would be valid.
 */
export function checkValue(control: ValueRule, value: Json, place: ValuePlace = HERE): Result<Json> {
  // The common case takes a much faster path.
  if (typeof value === 'number' && control.groups === undefined)
    return checkOne(control, value, fieldOf(control, place), 0)
  const spread = spreadValue(control, value, place)
  return spread.ok ? ok(spread.value.recorded) : spread
}

const HERE: ValuePlace = {}

/** A value for each parameter group. */
export interface SpreadValue {
  /** One for each group to set. */
  readonly values: readonly Json[]
  /** The value as it was passed, after conversion: one for all groups, or the list. */
  readonly recorded: Json
}

/** Like {@link checkValue}, but returns the value for each parameter group. */
export function spreadValue(control: ValueRule, value: Json, place: ValuePlace = HERE): Result<SpreadValue> {
  const { groups = null } = place
  const size = groups?.length ?? control.groups?.length ?? 1
  if (isOnePerGroup(control, value, size)) return spreadList(control, value, place)
  if (Array.isArray(value) && size > 1 && isNumeric(control)) {
    return refused(`\`${fieldOf(control, place)}\` must be one number or ${size} of them, got ${show(value)}`)
  }
  const given = checkOne(control, value, fieldOf(control, place), groups?.[0] ?? 0)
  return given.ok && size > 1 ? spreadOne(control, given.value, place, size) : single(given)
}

function single(given: Result<Json>): Result<SpreadValue> {
  return given.ok ? ok({ values: [given.value], recorded: given.value }) : given
}

function spreadList(control: ValueRule, list: readonly Json[], place: ValuePlace): Result<SpreadValue> {
  const values: Json[] = []
  for (const [i, one] of list.entries()) {
    const checked = checkOne(control, one, fieldOf(control, place), place.groups?.[i] ?? i)
    if (!checked.ok) return checked
    values.push(checked.value)
  }
  // A list of one element is recorded as the value of that one group.
  return ok({ values, recorded: values.length === 1 ? (values[0] ?? null) : values })
}

function spreadOne(control: ValueRule, first: Json, place: ValuePlace, size: number): Result<SpreadValue> {
  const values = [first]
  for (let i = 1; i < size; i++) {
    const group = place.groups?.[i] ?? i
    const ratio = place.groups ? 1 : (control.groups?.[group]?.ratio ?? 1)
    const one = typeof first === 'number' && ratio !== 1 ? first * ratio : first
    const checked = checkOne(control, one, fieldOf(control, place), group)
    if (!checked.ok) return refused(`${checked.reason} in group ${control.groups?.[group]?.name || group}`)
    values.push(checked.value)
  }
  return ok({ values, recorded: first })
}

// Accepts the values of the control, and also the group's value at registration, so that a rate of 0 in a frozen group
// can be restored.
function checkOne(control: ValueRule, value: Json, field: string, group: number): Result<Json> {
  const checked = judge(control, value, field)
  if (checked.ok) return checked
  const registered = control.groups === undefined ? control.registered : control.groups[group]?.registered
  return registered !== undefined && sameJson(registered, value) ? ok(registered) : checked
}

function judge(control: ValueRule, value: Json, field: string): Result<Json> {
  switch (control.type) {
    case 'bool':
      return typeof value === 'boolean' ? ok(value) : wrong(field, 'true or false', value)
    case 'choice': {
      const choices = control.choices ?? []
      const found = choices.find((choice) => sameJson(choice, value))
      return found === undefined
        ? wrong(field, `one of ${choices.map((one) => show(one)).join(', ')}`, value)
        : ok(found)
    }
    case 'tuple':
      return judgeTuple(control, value, field)
    case 'int':
    case 'float':
    case 'log_float':
      return judgeNumber(control, value, field)
    default:
      return control.type satisfies never
  }
}

function judgeTuple(control: ValueRule, value: Json, field: string): Result<Json> {
  const length = lengthOf(control)
  if (!Array.isArray(value) || (length !== null && value.length !== length)) {
    return wrong(field, length === null ? 'a list of numbers' : `a list of ${length} numbers`, value)
  }
  const checked: Json[] = []
  for (const [i, element] of value.entries()) {
    const one = judgeNumber({ ...control, type: 'float' }, element, `${field}[${i}]`)
    if (!one.ok) return one
    checked.push(one.value)
  }
  return ok(checked)
}

// A tuple keeps its length. A description without a current value does not define the length.
function lengthOf({ current, groups }: ValueRule): number | null {
  const shown = Array.isArray(current) ? current : groups?.[0]?.value
  return Array.isArray(shown) ? shown.length : null
}

function judgeNumber({ type, min, max }: ValueRule, value: Json, field: string): Result<Json> {
  const number = typeof value === 'string' && isNumberText(value.trim()) ? Number(value) : value
  if (readRelative(number) !== null)
    return refused(`\`${field}\` does not accept a relative value here, got ${show(value)}`)
  if (typeof number !== 'number') return wrong(field, type === 'int' ? 'a whole number' : 'a number', value)
  if (!Number.isFinite(number)) return wrong(field, 'a finite number', value)
  const right = kindOf(type, number)
  if (right !== null) return wrong(field, right, value)
  if ((min !== null && number < min) || (max !== null && number > max)) return wrong(field, rangeOf(min, max), value)
  return ok(withoutMinusZero(number))
}

/** Returns the requirement of this type that the number violates; null if it meets all of them. */
function kindOf(type: ValueRule['type'], number: number): string | null {
  if (type === 'int' && !Number.isInteger(number)) return 'a whole number'
  // Beyond that limit, the same floating-point number represents several integers, so the user may have typed a
  // different one.
  if (type === 'int' && !Number.isSafeInteger(number)) return EXACT
  return type === 'log_float' && number <= 0 ? 'greater than 0' : null
}

const EXACT = `a whole number between ${Number.MIN_SAFE_INTEGER} and ${Number.MAX_SAFE_INTEGER}`

function rangeOf(min: number | null, max: number | null): string {
  if (min === null) return `at most ${max}`
  return max === null ? `at least ${min}` : `between ${min} and ${max}`
}

// A tuple is itself a list, so one tuple per group is a list of lists.
function isOnePerGroup({ type }: ValueRule, value: Json, size: number): value is readonly Json[] {
  if (!Array.isArray(value) || value.length !== size) return false
  return type === 'tuple' ? value.every((one) => Array.isArray(one)) : type !== 'choice'
}

/** Whether the control's values are single numbers. */
export function isNumeric({ type }: Pick<ValueRule, 'type'>): boolean {
  return type === 'int' || type === 'float' || type === 'log_float'
}

function fieldOf({ param_key }: ValueRule, { field = param_key }: ValuePlace): string {
  return field
}

function wrong(field: string, right: string, got: Json): { readonly ok: false; readonly reason: string } {
  return refused(`\`${field}\` must be ${right}, got ${show(got)}`)
}

/**
 * Returns the number, but 0 for -0. `JSON.stringify` writes -0 as 0, so the ledger would contain a different number.
 */
export function withoutMinusZero(number: number): number {
  return number === 0 ? 0 : number
}
