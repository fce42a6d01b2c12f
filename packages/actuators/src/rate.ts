import {
  type ControlDescription,
  checkValue,
  DROP_RULE,
  type Json,
  ok,
  type Result,
  refused,
  type SpreadValue,
  sameJson,
  scaleRuleOf,
  show,
  spreadValue,
} from '@hotcb/protocol'
import { type Actuator, isScaled } from './actuator.ts'
import type { Cell } from './cell.ts'
import { ratioOf } from './rule.ts'
import { scaleFor } from './schedule-scale.ts'

/** The change to a rate that one op requests. */
export interface RateRequest {
  /** `lr` itself, or its alias. */
  readonly rate?: Json
  /** `scheduler_scale`. */
  readonly scale?: Json
  /** `scheduler_drop`. */
  readonly drop?: Json
}

/** The new values, and the fields of the payload that are added to the request or replace it. */
export interface RateChange {
  readonly values: readonly Json[]
  readonly rate?: Json
  readonly drop?: Json
  /** The resulting scale, so that a restart or a replay does not have to compute it. */
  readonly scale?: Json
}

/** The place where a rate is changed. */
export interface RatePlace {
  readonly step: number
  /** The parameter groups that the op selects; null for all. */
  readonly indices: readonly number[] | null
}

/** A rate that an op changes, with the values it accepts. */
export interface RateControl {
  readonly actuator: Actuator
  readonly rule: ControlDescription
}

/** The change, or the reason why there is none, with the invalid key. */
export type RateOutcome =
  | { readonly ok: true; readonly value: RateChange }
  | { readonly ok: false; readonly reason: string; readonly role: keyof RateRequest }

/**
 * Computes the learning rates after an op. Without a schedule, the rate is the value of `lr`. With a schedule, `lr=v`
 * sets the rate to v now, and the schedule continues from there with the same shape. `scheduler_drop` multiplies the
 * scale. If `scheduler_scale` is given with the others, only the scale counts, but the others must be valid.
 */
export function changeRate(control: RateControl, cell: Cell, asked: RateRequest, place: RatePlace): RateOutcome {
  const { actuator } = control
  const read = readRequest(control, asked, place)
  if (!read.ok) return read
  const { rate, scale, drop } = read.value
  const told = { ...(rate && { rate: rate.recorded }), ...(drop !== undefined && { drop }) }
  if (scale !== undefined) {
    const values = fill(cell.values, scale.values, place.indices)
    return ok({ values, ...told, scale: condensed(scale.values) })
  }
  if (drop !== undefined && rate !== undefined)
    return no('drop', '`lr` and `scheduler_drop` cannot be set together: both set the learning rate')
  if (drop !== undefined) return dropScale(cell, drop, place)
  if (rate === undefined) throw new Error('unreachable: an op on a rate sets something')
  if (!isScaled(actuator)) return ok({ values: fill(cell.values, rate.values, place.indices), ...told })
  const scales = scaleFor(actuator, cell, rate, place)
  if (!scales.ok) return no('rate', scales.reason)
  return ok({ values: fill(cell.values, scales.value, place.indices), ...told, scale: condensed(scales.value) })
}

/** Returns one value if all are the same, otherwise the list. */
export function condensed(values: readonly Json[]): Json {
  const first = values[0] ?? null
  return values.every((value) => sameJson(value, first)) ? first : values
}

/**
 * Returns the value that sets these rates again: group 0's rate if all other groups have their registered ratio to it,
 * otherwise the list.
 */
export function condensedRates(actuator: Actuator, values: readonly Json[]): Json {
  const first = values[0] ?? null
  return values.every((value, i) => value === Number(first) * ratioOf(actuator, i)) ? first : values
}

/** Returns `values` with those of the selected groups replaced. */
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

interface ReadRequest {
  readonly rate?: SpreadValue
  readonly scale?: SpreadValue
  readonly drop?: Json
}

// Every given value must be valid, even if it has no effect in the end.
function readRequest(
  { actuator, rule }: RateControl,
  asked: RateRequest,
  { indices: groups }: RatePlace,
): { readonly ok: true; readonly value: ReadRequest } | Extract<RateOutcome, { readonly ok: false }> {
  for (const [role, key] of ROLES) {
    if (isScaled(actuator) || asked[role] === undefined) continue
    return no(role, `\`${key}\` needs a schedule, and this optimizer has none: set \`${actuator.key}\` instead`)
  }
  const rate = read(asked.rate, (value) => spreadValue(rule, value, { field: actuator.key, groups }))
  if (!rate.ok) return no('rate', rate.reason)
  const scale = read(asked.scale, (value) => spreadValue(scaleRuleOf(rule), value, { groups }))
  if (!scale.ok) return no('scale', scale.reason)
  const drop = read(asked.drop, (value) => checkValue(DROP_RULE, value))
  if (!drop.ok) return no('drop', drop.reason)
  return ok({
    ...(rate.value !== undefined && { rate: rate.value }),
    ...(scale.value !== undefined && { scale: scale.value }),
    ...(drop.value !== undefined && { drop: drop.value }),
  })
}

const ROLES = [
  ['scale', 'scheduler_scale'],
  ['drop', 'scheduler_drop'],
] as const

function read<Value>(value: Json | undefined, judge: (value: Json) => Result<Value>): Result<Value | undefined> {
  return value === undefined ? ok(undefined) : judge(value)
}

function dropScale(cell: Cell, drop: Json, { indices }: RatePlace): RateOutcome {
  const scales = picked(cell.values, indices).map((value) => Number(value) * Number(drop))
  if (!scales.every((scale) => Number.isFinite(scale))) {
    return no(
      'drop',
      `\`scheduler_drop\` must leave the scale finite, got ${show(drop)} applied to ${show(cell.values)}`,
    )
  }
  return ok({ values: fill(cell.values, scales, indices), drop, scale: condensed(scales) })
}

function picked<Value>(values: readonly Value[], indices: readonly number[] | null): readonly Value[] {
  return indices === null ? values : values.filter((_, i) => indices.includes(i))
}

function no(role: keyof RateRequest, reason: string): Extract<RateOutcome, { readonly ok: false }> {
  return { ...refused(reason), role }
}
