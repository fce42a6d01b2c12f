import type { ActuatorType, Json } from '@hotcb/protocol'

/** What values a control accepts; `checkValue` of the protocol judges by it. A tuple keeps the length that it begins with. */
export interface ValueSpec {
  readonly type: ActuatorType
  readonly min: number | null
  readonly max: number | null
  /** Step of a slider; not enforced. */
  readonly step: number | null
  readonly choices: readonly Json[] | null
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
  const { min = null, max = null, step = null, choices = null } = given
  if (min !== null && max !== null && !(min <= max)) {
    throw new RangeError(`bounds must not cross, got min ${min} and max ${max}`)
  }
  return { type, min, max, step, choices }
}
