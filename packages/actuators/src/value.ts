import { type ActuatorType, isNumberText, type Json, ok, type Result, refused, show } from '@hotcb/protocol'

/** What values a control takes. */
export interface ValueSpec {
  readonly type: ActuatorType
  readonly min: number | null
  readonly max: number | null
  /** Step of a slider; not enforced. */
  readonly step: number | null
  readonly choices: readonly Json[] | null
  /** Number of elements of a tuple. */
  readonly length: number | null
}

/**
 * A spec with nothing bounded but what is given.
 *
 * @throws RangeError when the bounds cross.
 */
export function spec(
  type: ActuatorType,
  given: Partial<{ -readonly [K in keyof ValueSpec]: ValueSpec[K] }>,
): ValueSpec {
  const { min = null, max = null, step = null, choices = null, length = null } = given
  if (min !== null && max !== null && !(min <= max)) {
    throw new RangeError(`bounds must not cross, got min ${min} and max ${max}`)
  }
  return { type, min, max, step, choices, length }
}

/**
 * Checks one value for a control, converting numeric text (hotcb 2's command line sends `"1e-4"`).
 *
 * @param key Named in the reason.
 */
export function checkValue(spec: ValueSpec, key: string, value: Json): Result<Json> {
  switch (spec.type) {
    case 'bool':
      return typeof value === 'boolean' ? ok(value) : wrong(key, 'true or false', value)
    case 'choice': {
      const choices = spec.choices ?? []
      const found = choices.find((choice) => sameValue(choice, value))
      return found === undefined ? wrong(key, `one of ${choices.map((c) => show(c)).join(', ')}`, value) : ok(value)
    }
    case 'tuple':
      return checkTuple(spec, key, value)
    case 'int':
    case 'float':
    case 'log_float':
      return checkNumber(spec, key, value)
    default:
      return unreachable(spec.type)
  }
}

/** Whether two JSON values are the same, to the last bit. */
export function sameValue(a: Json, b: Json): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  return JSON.stringify(a) === JSON.stringify(b)
}

/** The number, 0 for -0: JSON has none, so that it would come back from the ledger as another. */
export function withoutMinusZero(number: number): number {
  return number === 0 ? 0 : number
}

function checkTuple(spec: ValueSpec, key: string, value: Json): Result<Json> {
  const size = spec.length
  if (!Array.isArray(value) || (size !== null && value.length !== size)) {
    return wrong(key, `a list of ${size ?? 'any number of'} numbers`, value)
  }
  const checked: Json[] = []
  for (const [i, element] of value.entries()) {
    const one = checkNumber({ ...spec, type: 'float' }, `${key}[${i}]`, element)
    if (!one.ok) return one
    checked.push(one.value)
  }
  return ok(checked)
}

function checkNumber(spec: ValueSpec, key: string, value: Json): Result<Json> {
  const number = typeof value === 'string' && isNumberText(value.trim()) ? Number(value) : value
  if (typeof number !== 'number') return wrong(key, spec.type === 'int' ? 'a whole number' : 'a number', value)
  if (!Number.isFinite(number)) return wrong(key, 'a finite number', value)
  if (spec.type === 'int' && !Number.isSafeInteger(number)) return wrong(key, 'a whole number', value)
  if (spec.type === 'log_float' && number <= 0) return wrong(key, 'greater than 0', value)
  const { min, max } = spec
  if ((min !== null && number < min) || (max !== null && number > max)) return wrong(key, range(min, max), value)
  return ok(withoutMinusZero(number))
}

function range(min: number | null, max: number | null): string {
  if (min === null) return `at most ${max}`
  return max === null ? `at least ${min}` : `between ${min} and ${max}`
}

function wrong(key: string, right: string, got: Json): { readonly ok: false; readonly reason: string } {
  return refused(`\`${key}\` must be ${right}, got ${show(got)}`)
}

function unreachable(type: never): never {
  throw new Error(`unreachable: actuator type ${String(type)}`)
}
