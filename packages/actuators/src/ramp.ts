import { isObject, type Json, ok, type Result, refused, show } from '@hotcb/protocol'

/**
 * A weight on its way: a function of the step, of the step at which it was set, and of the length fixed then.
 * Keys are the wire's: this is what the ledger's payload carries.
 */
export interface Ramp {
  readonly type: 'linear' | 'cosine'
  /** Steps from `start` to `end`. */
  readonly steps: number
  readonly start: number
  readonly end: number
  readonly first_step: number
  /** Total steps of the run, where `steps` was a fraction of it. */
  readonly total?: number
}

/** The value of a ramp at a step: `start` before it begins, `end` from its last step on. */
export function rampValue(ramp: Ramp, step: number): number {
  const fraction = ramp.steps <= 0 ? 1 : Math.min(1, Math.max(0, (step - ramp.first_step) / ramp.steps))
  if (fraction === 1) return ramp.end
  const shape = ramp.type === 'linear' ? fraction : (1 - Math.cos(Math.PI * fraction)) / 2
  return ramp.start + (ramp.end - ramp.start) * shape
}

/**
 * Reads a ramp as asked for: `{type, warmup_frac | steps, start?, end}`, completed by what holds where it is set; or as
 * recorded, complete.
 *
 * @param at `step` where it is set, `current` weight there, `total` steps of the run if known.
 */
export function readRamp(
  key: string,
  value: Json,
  at: { readonly step: number; readonly current: number; readonly total: number | null },
): Result<Ramp> {
  const shape = '{type: linear|cosine, steps | warmup_frac, start?, end}'
  if (!isObject(value)) return refused(`\`${key}\` must be ${shape} or null, got ${show(value)}`)
  const type = value.type ?? 'linear'
  if (type !== 'linear' && type !== 'cosine') {
    return refused(`\`${key}.type\` must be linear or cosine, got ${show(type)}`)
  }
  const { end, warmup_frac: fraction } = value
  const start = value.start ?? at.current
  const first = value.first_step ?? at.step
  const total = value.total ?? at.total
  if (!isNumber(start)) return refused(`\`${key}.start\` must be a finite number, got ${show(start)}`)
  if (!isNumber(end)) return refused(`\`${key}.end\` must be a finite number, got ${show(end)}`)
  if (!isNumber(first)) return refused(`\`${key}.first_step\` must be a step, got ${show(first)}`)
  let steps = value.steps
  if (steps === undefined || steps === null) {
    if (!isNumber(fraction) || fraction < 0 || fraction > 1) {
      return refused(`\`${key}\` needs \`steps\`, or \`warmup_frac\` between 0 and 1, got ${show(fraction)}`)
    }
    if (!isNumber(total)) {
      return refused(
        `\`${key}.warmup_frac\` needs the run's total steps, which the trainer does not tell: give \`steps\``,
      )
    }
    steps = Math.round(fraction * total)
    return ok({ type, steps: Number(steps), start, end, first_step: first, total })
  }
  if (!Number.isSafeInteger(steps) || Number(steps) < 0) {
    return refused(`\`${key}.steps\` must be a whole number >= 0, got ${show(steps)}`)
  }
  return ok({
    type,
    steps: Number(steps),
    start,
    end,
    first_step: first,
    ...(isNumber(value.total) && { total: value.total }),
  })
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value)
}
