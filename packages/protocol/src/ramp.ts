import { withoutMinusZero } from './check-value.ts'
import { isObject, type Json, type JsonObject, show } from './json.ts'
import { readRelative } from './relative.ts'
import { ok, type Result, refused } from './result.ts'

/**
 * A value that changes with the step. It depends on the current step, the step at which it was set, and the length that
 * was fixed at that time. The keys are those of the wire format, since this is also the ledger payload.
 */
export interface Ramp {
  readonly type: 'linear' | 'cosine'
  /** Steps from `start` to `end`. */
  readonly steps: number
  readonly start: number
  readonly end: number
  readonly first_step: number
  /** The run's total number of steps, if `steps` was requested as a fraction. */
  readonly total?: number
}

/** Returns the step at which a recorded ramp reaches its end; null if the value is not a recorded ramp. */
export function rampEndStep(value: unknown): number | null {
  if (!isObject(value)) return null
  const { first_step: first, steps } = value
  return isCount(first) && isCount(steps) ? first + steps : null
}

/** Whether a recorded ramp still moves its value at a step. An unknown step counts as before its end. */
export function isRampMoving(value: unknown, step: number | null): boolean {
  if (!isObject(value)) return false
  const end = rampEndStep(value)
  return end === null || step === null || step < end
}

/**
 * Returns the value of a ramp at a step: `start` before it begins, `end` from its last step on, and never a value
 * beyond them.
 */
export function rampValue(ramp: Ramp, step: number): number {
  const { type, steps, start, end, first_step: first } = ramp
  const fraction = steps <= 0 ? 1 : Math.min(1, Math.max(0, (step - first) / steps))
  if (fraction === 1) return end
  const shape = type === 'linear' ? fraction : (1 - Math.cos(Math.PI * fraction)) / 2
  const value = start + (end - start) * shape
  // Rounding could push a value past its end, and so past a bound.
  return start <= end ? Math.min(value, end) : Math.max(value, end)
}

/** Where a ramp is set. */
export interface RampPlace {
  readonly step: number
  /** The value of the control at the step at which the ramp is set. */
  readonly current: number
  /** The run's total number of steps; null if the trainer does not declare it. */
  readonly total: number | null
}

/**
 * Reads a requested ramp, `{type, warmup_frac | steps, start?, end}`, and fills in the rest from the place where it is
 * set. A recorded ramp is already complete.
 */
export function readRamp(key: string, value: Json, place: RampPlace): Result<Ramp> {
  if (readRelative(value) !== null) return refused(`\`${key}\` does not accept a relative value, got ${show(value)}`)
  if (!isObject(value)) {
    const shape = '{type: linear|cosine, steps | warmup_frac, start?, end}'
    return refused(`\`${key}\` must be ${shape} or null, got ${show(value)}`)
  }
  const type = value.type ?? 'linear'
  if (type !== 'linear' && type !== 'cosine') {
    return refused(`\`${key}.type\` must be linear or cosine, got ${show(type)}`)
  }
  if (value.end === undefined) return refused(`\`${key}.end\` is missing: the value that the ramp ends at`)
  const ends = readNumbers(key, {
    start: value.start ?? place.current,
    end: value.end,
    first_step: value.first_step ?? place.step,
  })
  if (!ends.ok) return ends
  const length = readLength(key, value, place.total)
  return length.ok ? ok({ type, ...length.value, ...ends.value }) : length
}

function readNumbers<Name extends string>(
  key: string,
  given: Readonly<Record<Name, Json>>,
): Result<Readonly<Record<Name, number>>> {
  const read: Record<string, number> = {}
  for (const [name, value] of Object.entries<Json>(given)) {
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      return refused(`\`${key}.${name}\` must be a finite number, got ${show(value)}`)
    }
    read[name] = withoutMinusZero(value)
  }
  // `read` has the same keys as `given`.
  return ok(read as Record<Name, number>)
}

type Length = Pick<Ramp, 'steps' | 'total'>

function readLength(key: string, value: JsonObject, known: number | null): Result<Length> {
  const steps = value.steps ?? null
  const fraction = value.warmup_frac ?? null
  if (steps !== null && fraction !== null) {
    return refused(
      `\`${key}\` accepts \`steps\` or \`warmup_frac\`, not both, got ${show(steps)} and ${show(fraction)}`,
    )
  }
  if (steps === null) return lengthOf(key, fraction, value.total ?? known)
  if (!isCount(steps)) return refused(`\`${key}.steps\` must be a whole number >= 0, got ${show(steps)}`)
  return ok({ steps: withoutMinusZero(steps), ...(isCount(value.total) && { total: value.total }) })
}

function lengthOf(key: string, fraction: Json, total: Json): Result<Length> {
  if (typeof fraction !== 'number' || !(fraction >= 0 && fraction <= 1)) {
    return refused(`\`${key}\` needs \`steps\`, or \`warmup_frac\` between 0 and 1, got ${show(fraction)}`)
  }
  if (!isCount(total)) {
    return refused(
      `\`${key}.warmup_frac\` needs the run's total steps, which the trainer does not declare: give \`steps\``,
    )
  }
  return ok({ steps: Math.round(fraction * total), total })
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
