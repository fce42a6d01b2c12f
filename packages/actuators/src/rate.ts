import { type Json, messageOf, ok, type Result, refused, show } from '@hotcb/protocol'
import type { Actuator } from './actuator.ts'
import { admit, admitAll } from './admission.ts'
import { type Cell, scheduledRates } from './cell.ts'
import { checkValue, sameValue, spec } from './value.ts'

/** What one op asks of a rate. */
export interface RateRequest {
  /** `lr` itself, or its alias. */
  readonly rate?: Json
  /** `scheduler_scale`. */
  readonly scale?: Json
  /** `scheduler_drop`. */
  readonly drop?: Json
}

/** What it comes to: new values, and what the payload says of it beside or instead of what was asked. */
export interface RateChange {
  readonly values: readonly Json[]
  readonly rate?: Json
  readonly drop?: Json
  /** The resulting scale, so that nothing is computed again. */
  readonly scale?: Json
}

/** Where a rate is changed. */
export interface RatePlace {
  readonly step: number
  /** The parameter groups the op is narrowed to; null for all. */
  readonly indices: readonly number[] | null
}

/**
 * The learning rates after an op. Without a schedule `lr` is the value; with one, `lr=v` means v now and the schedule's
 * shape after it (scale = v / scheduled), and `scheduler_drop` multiplies the scale. Where `scheduler_scale` stands
 * beside the others it alone counts.
 */
export function changeRate(actuator: Actuator, cell: Cell, asked: RateRequest, place: RatePlace): Result<RateChange> {
  if (!actuator.schedule) return setRate(actuator, cell, asked, place)
  if (asked.scale !== undefined) return setScale(cell, asked, place)
  if (asked.drop !== undefined) return dropScale(cell, asked, place)
  return scaleTo(actuator, cell, asked.rate ?? null, place)
}

/** One value where all are the same, else the list. */
export function condensed(values: readonly Json[]): Json {
  const first = values[0] ?? null
  return values.every((value) => sameValue(value, first)) ? first : values
}

/** Group 0's rate where all others have their ratio to it, else the list: what sets them again. */
export function condensedRates(actuator: Actuator, values: readonly Json[]): Json {
  const first = values[0] ?? null
  return values.every((value, i) => value === Number(first) * ratio(actuator, i)) ? first : values
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

function setRate(actuator: Actuator, cell: Cell, asked: RateRequest, { indices }: RatePlace): Result<RateChange> {
  if (asked.scale !== undefined || asked.drop !== undefined) {
    const key = asked.scale === undefined ? 'scheduler_drop' : 'scheduler_scale'
    return refused(`\`${key}\` needs a schedule, and this optimizer has none: set \`${actuator.key}\` instead`)
  }
  const spread = spreadRate(actuator, asked.rate ?? null, indices)
  if (!spread.ok) return spread
  const { rates, told } = spread.value
  return ok({ values: fill(cell.values, rates, indices), rate: told })
}

// One rate for all groups is one scale for all: each keeps the ratio to group 0 that the schedule gives it at this step.
function scaleTo(actuator: Actuator, cell: Cell, rate: Json, place: RatePlace): Result<RateChange> {
  const scheduled = readSchedule(actuator, place.step)
  if (!scheduled.ok) return scheduled
  const isForAll = place.indices === null && !Array.isArray(rate)
  return isForAll
    ? scaleAll(actuator, cell, rate, scheduled.value)
    : scaleEach(actuator, cell, rate, scheduled.value, place.indices)
}

function scaleAll(actuator: Actuator, cell: Cell, rate: Json, scheduled: readonly number[]): Result<RateChange> {
  const { key, spec, paramGroups } = actuator
  const given = admit(actuator, 0, key, rate)
  if (!given.ok) return given
  const base = scheduled[0] ?? 0
  const scale = Number(given.value) / base
  // Where both are 0 there is nothing to work out, and nothing to change.
  if (base === 0 && given.value === 0) return ok({ values: cell.values, rate: 0, scale: condensed(cell.values) })
  if (!isScale(scale)) return refused(noScale(base))
  const highest = spec.max ?? Number.POSITIVE_INFINITY
  const over = scheduled.findIndex((one) => one * scale > highest && one * scale > Number(given.value))
  if (over >= 0) {
    const got = `got ${(scheduled[over] ?? 0) * scale} in group ${paramGroups[over] || over}`
    return refused(`\`${key}\` must be at most ${highest}, ${got}, which the schedule gives its ratio to group 0`)
  }
  return ok({ values: cell.values.map(() => scale), rate: given.value, scale })
}

function scaleEach(
  actuator: Actuator,
  cell: Cell,
  rate: Json,
  scheduled: readonly number[],
  indices: readonly number[] | null,
): Result<RateChange> {
  const spread = spreadRate(actuator, rate, indices)
  if (!spread.ok) return spread
  const { rates, told } = spread.value
  const scales: number[] = []
  for (const [i, one] of rates.entries()) {
    const base = scheduled[indices?.[i] ?? i] ?? 0
    // A frozen group keeps its scale where both are 0.
    const scale = base === 0 && one === 0 ? Number(cell.values[indices?.[i] ?? i]) : Number(one) / base
    if (!isScale(scale)) return refused(noScale(base))
    scales.push(scale)
  }
  return ok({ values: fill(cell.values, scales, indices), rate: told, scale: condensed(scales) })
}

function isScale(scale: number): boolean {
  return Number.isFinite(scale) && scale >= 0
}

function noScale(base: number): string {
  return `\`lr\` cannot be set where the schedule gives ${base}: set \`scheduler_scale\` instead`
}

function readSchedule(actuator: Actuator, step: number): Result<readonly number[]> {
  try {
    return ok(scheduledRates(actuator, step))
  } catch (error) {
    return refused(`schedule_exception: ${messageOf(error)}`)
  }
}

const SCALE = spec('float', { min: 0 })

function setScale(cell: Cell, asked: RateRequest, { indices }: RatePlace): Result<RateChange> {
  const size = indices?.length ?? cell.values.length
  const given = Array.isArray(asked.scale) ? asked.scale : Array.from({ length: size }, () => asked.scale ?? null)
  if (given.length !== size) {
    return refused(`\`scheduler_scale\` must be one number or ${size} of them, got ${show(asked.scale)}`)
  }
  const scales: Json[] = []
  for (const one of given) {
    const checked = checkValue(SCALE, 'scheduler_scale', one)
    if (!checked.ok) return checked
    scales.push(checked.value)
  }
  return ok({ values: fill(cell.values, scales, indices), ...asked, scale: condensed(scales) })
}

function dropScale(cell: Cell, asked: RateRequest, { indices }: RatePlace): Result<RateChange> {
  if (asked.rate !== undefined) return refused('`lr` and `scheduler_drop` cannot be set together')
  const drop = checkValue(spec('log_float', {}), 'scheduler_drop', asked.drop ?? null)
  if (!drop.ok) return drop
  const scales = picked(cell.values, indices).map((value) => Number(value) * Number(drop.value))
  if (!scales.every((scale) => Number.isFinite(scale))) {
    return refused(`\`scheduler_drop\` must leave the scale finite, got ${show(asked.drop)} on ${show(cell.values)}`)
  }
  return ok({ values: fill(cell.values, scales, indices), drop: drop.value, scale: condensed(scales) })
}

function picked<Value>(values: readonly Value[], indices: readonly number[] | null): readonly Value[] {
  return indices === null ? values : values.filter((_, i) => indices.includes(i))
}

interface SpreadRate {
  readonly rates: readonly Json[]
  /** As the payload tells it: the one number that was spread, or the list. */
  readonly told: Json
}

function spreadRate(actuator: Actuator, value: Json, indices: readonly number[] | null): Result<SpreadRate> {
  if (!Array.isArray(value)) return spreadOne(actuator, value, indices)
  const size = indices?.length ?? actuator.paramGroups.length
  if (value.length !== size) {
    return refused(`\`${actuator.key}\` must be one number or ${size} of them, got ${show(value)}`)
  }
  const rates = admitAll(actuator, actuator.key, value, indices)
  return rates.ok ? ok({ rates: rates.value, told: rates.value }) : rates
}

// Without a schedule, one number for all groups gives group 0 the value and every other its ratio to group 0 at registration.
function spreadOne(actuator: Actuator, value: Json, indices: readonly number[] | null): Result<SpreadRate> {
  const { key, keepRatios, paramGroups } = actuator
  const [first = 0, ...others] = indices ?? paramGroups.keys()
  const given = admit(actuator, first, key, value)
  if (!given.ok) return given
  const rates = [given.value]
  for (const group of others) {
    const rate = indices === null && keepRatios ? Number(given.value) * ratio(actuator, group) : given.value
    const checked = admit(actuator, group, key, rate)
    if (!checked.ok) return refused(`${checked.reason} in group ${paramGroups[group] ?? group}`)
    rates.push(checked.value)
  }
  return ok({ rates, told: given.value })
}

function ratio(actuator: Actuator, group: number): number {
  const first = Number(actuator.initial[0])
  return first === 0 ? 1 : Number(actuator.initial[group]) / first
}
