import {
  findRelative,
  isNumeric,
  type Json,
  type JsonObject,
  messageOf,
  type Op,
  ok,
  type Relative,
  type Result,
  readRelative,
  readSetParams,
  refused,
  resolveRelative,
  show,
} from '@hotcb/protocol'
import { type Actuator, isScaled } from './actuator.ts'
import { type Cell, valuesAt } from './cell.ts'
import type { Live } from './live.ts'
import { condensed, condensedRates } from './rate.ts'
import { findControl, narrowedGroups } from './registry.ts'

/**
 * Resolves the relative values of an op: the value of each parameter group is multiplied or added to. Bounds are
 * checked when the result is applied. An op without relative values is returned unchanged.
 */
export function resolveOp(live: Live, op: Op, step: number): Result<Op> {
  const { params = null } = op
  if (op.op !== 'set_params' || params === null || findRelative(params) === null) return ok(op)
  const asked = readSetParams(params)
  // Planning rejects the op with the same message.
  if (!asked.ok) return ok(op)
  const { pairs, narrowing } = asked.value
  const values: [string, Json][] = []
  for (const [key, value] of pairs) {
    const resolved = resolvePair(live, [key, value], narrowing, step)
    if (!resolved.ok) return resolved
    values.push([key, resolved.value])
  }
  return ok({ ...op, params: Object.fromEntries([...values, ...Object.entries(narrowing)]) })
}

function resolvePair(
  { registry, cells }: Live,
  [key, value]: readonly [string, Json],
  narrowing: JsonObject,
  step: number,
): Result<Json> {
  const relative = readRelative(value)
  if (relative === null) return ok(value)
  const found = findControl(registry, key)
  const cell = found.ok ? cells.get(found.value) : undefined
  if (!found.ok || cell === undefined || !canBeRelative(key, found.value)) return ok(value)
  const indices = narrowedGroups(found.value, narrowing)
  if (!indices.ok) return indices
  return resolve({ key, actuator: found.value, cell, indices: indices.value }, relative, step)
}

// A factor and a ramp already define how they depend on the current value.
function canBeRelative(key: string, { spec, key: own, aliases }: Actuator): boolean {
  if (!isNumeric(spec) || key === 'scheduler_drop') return false
  return !key.startsWith('ramps.') || own === key || aliases.includes(key)
}

interface Asked {
  readonly key: string
  readonly actuator: Actuator
  readonly cell: Cell
  readonly indices: readonly number[] | null
}

function resolve({ key, actuator, cell, indices }: Asked, relative: Relative, step: number): Result<Json> {
  const now = currentOf(key, actuator, cell, step)
  if (!now.ok) return now
  const all = now.value.map((value) => resolveRelative(relative, Number(value)))
  const values = indices === null ? all : indices.map((index) => all[index] ?? 0)
  if (!values.every((value) => Number.isFinite(value))) {
    return refused(`\`${key}\` must stay finite, got ${show({ ...relative })} applied to ${show(condensed(now.value))}`)
  }
  return ok(toldAs({ key, actuator, cell, indices }, relative, values))
}

/** Returns the value of each parameter group; with a schedule it is the rate or the scale, depending on the key. */
function currentOf(key: string, actuator: Actuator, cell: Cell, step: number): Result<readonly Json[]> {
  if (key === 'scheduler_scale') return ok(cell.values)
  try {
    return ok(valuesAt(actuator, cell, step))
  } catch (error) {
    return refused(`schedule_exception: ${messageOf(error)}`)
  }
}

// Returns the values in the shortest form: one value for all groups if that has the same effect.
function toldAs({ key, actuator, cell, indices }: Asked, relative: Relative, values: readonly number[]): Json {
  if (key === 'scheduler_scale' || !actuator.keepRatios || indices !== null) return condensed(values)
  if (!isScaled(actuator)) return condensedRates(actuator, values)
  // One rate for all groups preserves the ratios of the schedule, even for a rate of 0.
  const isOneScale = 'mul' in relative && cell.values.every((scale) => scale === cell.values[0])
  return isOneScale || values.length === 1 ? (values[0] ?? null) : values
}
