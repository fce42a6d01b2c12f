import { type Json, ok, type Result, refused, show } from '@hotcb/protocol'
import type { Actuator } from './actuator.ts'
import { type Cell, scheduledRates } from './cell.ts'
import { checkValue } from './value.ts'

/** What `lr`, `scheduler_scale` and `scheduler_drop` of one op come to. */
export interface RateChange {
  readonly values: readonly Json[]
  /** Goes into the payload beside what was asked: the resulting scale, so that nothing is computed again. */
  readonly scale?: Json
}

/**
 * The learning rates after an op. Without a schedule `lr` is the value; with one, `lr=v` means v now and the schedule's
 * shape after it (scale = v / scheduled), and `scheduler_drop` multiplies the scale. Where `scheduler_scale` stands
 * beside the others it alone counts.
 *
 * @param indices The parameter groups the op is narrowed to; null for all.
 */
export function changeRate(
  actuator: Actuator,
  cell: Cell,
  params: { readonly [key: string]: Json },
  indices: readonly number[] | null,
  step: number,
): Result<RateChange> {
  const { lr, scheduler_scale: scale, scheduler_drop: drop } = params
  if (!actuator.schedule) {
    if (lr === undefined) {
      const key = scale === undefined ? 'scheduler_drop' : 'scheduler_scale'
      return refused(`\`${key}\` needs a schedule, and this optimizer has none: set \`lr\` instead`)
    }
    const rates = spreadRate(actuator, lr, indices)
    return rates.ok ? ok({ values: fill(cell.values, rates.value, indices) }) : rates
  }
  if (scale !== undefined) return setScale(cell, scale, indices)
  if (drop !== undefined && lr !== undefined) return refused('`lr` and `scheduler_drop` cannot be set together')
  if (drop !== undefined) {
    if (typeof drop !== 'number' || drop <= 0)
      return refused(`\`scheduler_drop\` must be greater than 0, got ${show(drop)}`)
    const scales = picked(cell.values, indices).map((value) => Number(value) * drop)
    return ok({ values: fill(cell.values, scales, indices), scale: condensed(scales) })
  }
  const rates = spreadRate(actuator, lr ?? null, indices)
  if (!rates.ok) return rates
  const scheduled = picked(scheduledRates(actuator, step), indices)
  if (scheduled.some((rate) => rate === 0)) {
    return refused('`lr` cannot be set where the schedule gives 0: set `scheduler_scale` instead')
  }
  const scales = rates.value.map((rate, i) => rate / Number(scheduled[i]))
  return ok({ values: fill(cell.values, scales, indices), scale: condensed(scales) })
}

/** One value where all are the same, else the list. */
export function condensed(values: readonly Json[]): Json {
  return values.every((value) => JSON.stringify(value) === JSON.stringify(values[0])) ? (values[0] ?? null) : values
}

/** Group 0's rate where all others have their ratio to it, else the list: what sets them again. */
export function condensedRates(actuator: Actuator, values: readonly Json[]): Json {
  const first = values[0] ?? null
  return values.every((value, i) => value === Number(first) * ratio(actuator, i)) ? first : values
}

// One number for all groups gives group 0 the value and every other its ratio to group 0 at registration.
function spreadRate(actuator: Actuator, value: Json, indices: readonly number[] | null): Result<readonly number[]> {
  const size = indices?.length ?? actuator.paramGroups.length
  if (size === 1 && typeof value === 'number') {
    const checked = checkValue(actuator.spec, 'lr', value)
    return checked.ok ? ok([value]) : checked
  }
  let rates: readonly Json[]
  if (Array.isArray(value)) {
    if (value.length !== size) return refused(`\`lr\` must be one number or ${size} of them, got ${show(value)}`)
    rates = value
  } else {
    const checked = checkValue(actuator.spec, 'lr', value)
    if (!checked.ok) return checked
    rates = Array.from({ length: size }, (_, i) => {
      return indices === null ? Number(checked.value) * ratio(actuator, i) : checked.value
    })
  }
  const checkedRates: number[] = []
  for (const [i, rate] of rates.entries()) {
    const group = size > 1 ? ` of group ${actuator.paramGroups[indices?.[i] ?? i]}` : ''
    const checked = checkValue(actuator.spec, 'lr', rate)
    if (!checked.ok) return refused(`${checked.reason}${group}`)
    checkedRates.push(Number(checked.value))
  }
  return ok(checkedRates)
}

function ratio(actuator: Actuator, i: number): number {
  const first = Number(actuator.initial[0])
  return i === 0 || first === 0 ? 1 : Number(actuator.initial[i]) / first
}

function setScale(cell: Cell, scale: Json, indices: readonly number[] | null): Result<RateChange> {
  const size = indices?.length ?? cell.values.length
  const scales = Array.isArray(scale) ? scale : Array.from({ length: size }, () => scale)
  const fits = scales.length === size && scales.every((one) => typeof one === 'number' && one >= 0)
  if (!fits) return refused(`\`scheduler_scale\` must be a number >= 0, or ${size} of them, got ${show(scale)}`)
  return ok({ values: fill(cell.values, scales, indices), scale })
}

function picked<Value>(values: readonly Value[], indices: readonly number[] | null): readonly Value[] {
  return indices === null ? values : values.filter((_, i) => indices.includes(i))
}

/** `values` with those of the narrowed groups replaced. */
export function fill(
  values: readonly Json[],
  replacement: readonly Json[],
  indices: readonly number[] | null,
): readonly Json[] {
  if (indices === null) return replacement
  const filled = [...values]
  for (const [at, index] of indices.entries()) filled[index] = replacement[at] ?? null
  return filled
}
