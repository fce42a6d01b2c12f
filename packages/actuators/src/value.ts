import type { ActuatorType, Json } from '@hotcb/protocol'

/** The values that a control accepts, for `checkValue` from `@hotcb/protocol`. A tuple keeps its initial length. */
export interface ValueSpec {
  readonly type: ActuatorType
  readonly min: number | null
  readonly max: number | null
  /** The step of a slider; not enforced. */
  readonly step: number | null
  readonly choices: readonly Json[] | null
}

/**
 * Creates a spec that has only the given bounds.
 *
 * @throws RangeError when the bounds cross.
 */
export function spec(
  type: ActuatorType,
  given: Partial<{ -readonly [K in keyof ValueSpec]: ValueSpec[K] }>,
): ValueSpec {
  const { min = null, max = null, step = null, choices = null } = given
  if (min !== null && max !== null && !(min <= max)) {
    throw new RangeError(`\`min\` must not be above \`max\`, got min ${min} and max ${max}`)
  }
  return { type, min, max, step, choices }
}
