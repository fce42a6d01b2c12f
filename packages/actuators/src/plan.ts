import { GROUP_KEYS, type Json, type JsonObject, type Op, ok, type Result, refused, show } from '@hotcb/protocol'
import type { Actuator } from './actuator.ts'
import { type Cell, valuesAt } from './cell.ts'
import { readRamp } from './ramp.ts'
import { changeRate, condensed, condensedRates, fill } from './rate.ts'
import { findControl, narrowedGroups, type Registry } from './registry.ts'
import { checkValue, sameValue } from './value.ts'

/** Where and in what run an op is applied. */
export interface PlanContext {
  readonly step: number
  /** Total steps of the run; null where the trainer does not tell. */
  readonly total: number | null
}

/** What an op comes to, worked out before anything is written: new cells, and what the ledger says of it. */
export interface Plan {
  readonly cells: ReadonlyMap<Actuator, Cell>
  readonly payload: JsonObject
  readonly old: JsonObject | null
}

type Cells = ReadonlyMap<Actuator, Cell>

/** Plans `set_params`, `enable` or `disable`; whole or not at all, from the cells alone. */
export function planOp(registry: Registry, cells: Cells, op: Op, context: PlanContext): Result<Plan> {
  if (op.op === 'set_params') return planSet(registry, cells, op.params ?? {}, context)
  if (op.op === 'enable' || op.op === 'disable') return planSwitch(registry, cells, op)
  return refused(`unknown_op: \`${op.op}\`: module \`${op.module}\` understands set_params, enable, disable`)
}

/** Keys of the controls that the params of a `set_params` touch, by their own names. */
export function touchedKeys(registry: Registry, params: JsonObject): readonly string[] {
  const touched = new Set<string>()
  for (const key of Object.keys(pairsOf(params))) {
    const found = findControl(registry, key)
    if (found.ok) touched.add(found.value.key)
  }
  return [...touched]
}

function planSet(registry: Registry, cells: Cells, asked: JsonObject, context: PlanContext): Result<Plan> {
  const simple = planOne(registry, cells, asked)
  if (simple !== null) return simple
  const params = pairsOf(asked)
  const next = new Map<Actuator, Cell>()
  const payload: Record<string, Json> = { ...params }
  for (const word of GROUP_KEYS) if (asked[word] !== undefined && asked[word] !== null) payload[word] = asked[word]
  for (const [key, value] of Object.entries(params)) {
    const found = findControl(registry, key)
    if (!found.ok) return found
    const actuator = found.value
    const cell = next.get(actuator) ?? cells.get(actuator)
    if (cell === undefined) throw new Error(`unreachable: \`${actuator.key}\` has no cell`)
    if (!cell.enabled) return refused(`actuator_disabled: \`${actuator.key}\` is disabled: enable it first`)
    const indices = narrowedGroups(actuator, asked)
    if (!indices.ok) return indices
    const isRate = actuator.schedule !== undefined || key.startsWith('scheduler_')
    if (isRate || actuator.keepRatios) {
      if (next.has(actuator)) continue
      const change = changeRate(actuator, cell, params, indices.value, context.step)
      if (!change.ok) return change
      next.set(actuator, { ...cell, values: change.value.values })
      if (change.value.scale !== undefined) payload.scheduler_scale = change.value.scale
    } else if (key.startsWith('ramps.') && actuator.key !== key) {
      const ramped = planRamp(actuator, cell, key, value, context)
      if (!ramped.ok) return ramped
      next.set(actuator, ramped.value.cell)
      Object.assign(payload, ramped.value.payload)
    } else {
      const values = checkAll(actuator, key, value, indices.value)
      if (!values.ok) return values
      payload[key] = condensed(values.value)
      next.set(actuator, { ...cell, values: fill(cell.values, values.value, indices.value), ramp: null })
    }
  }
  if (next.size === 0) return refused('no_params: nothing to set: give `params` with at least one key')
  return ok({ cells: next, payload, old: oldOf(cells, next) })
}

// One number for a control of one group: what nearly every command asks, at a fraction of the cost.
function planOne(registry: Registry, cells: Cells, asked: JsonObject): Result<Plan> | null {
  let only: string | undefined
  for (const key in asked) {
    if (only !== undefined) return null
    only = key
  }
  const actuator = only === undefined ? undefined : registry.byKey.get(only)
  if (only === undefined || actuator === undefined || actuator.paramGroups.length !== 1 || actuator.schedule)
    return null
  const value = asked[only]
  const cell = cells.get(actuator)
  if (typeof value !== 'number' || cell === undefined || !cell.enabled || cell.ramp !== null) return null
  const checked = checkValue(actuator.spec, only, value)
  if (!checked.ok) return checked
  const next = new Map([[actuator, { ...cell, values: [checked.value] }]])
  return ok({ cells: next, payload: asked, old: { [actuator.key]: cell.values[0] ?? null } })
}

// `{key, value}` names one pair; group words narrow and set nothing; hotcb 2 leaves null values out.
function pairsOf(params: JsonObject): Record<string, Json> {
  if (typeof params.key === 'string' && params.value !== undefined) return { [params.key]: params.value }
  const pairs: Record<string, Json> = {}
  for (const [key, value] of Object.entries(params)) {
    if (GROUP_KEYS.includes(key) || key === 'opt_idx') continue
    if (value !== null || key.startsWith('ramps.')) pairs[key] = value
  }
  return pairs
}

function planRamp(
  actuator: Actuator,
  cell: Cell,
  key: string,
  value: Json,
  context: PlanContext,
): Result<{ readonly cell: Cell; readonly payload: Record<string, Json> }> {
  const current = Number(valuesAt(actuator, cell, context.step)[0])
  if (value === null) {
    // The weight stays where the ramp has brought it, so the payload says where that is.
    const ended = { ...cell, values: [current], ramp: null }
    return ok({ cell: ended, payload: { [key]: null, [actuator.key]: current } })
  }
  const ramp = readRamp(key, value, { step: context.step, current, total: context.total })
  if (!ramp.ok) return ramp
  for (const end of ['start', 'end'] as const) {
    const checked = checkValue(actuator.spec, `${key}.${end}`, ramp.value[end])
    if (!checked.ok) return checked
  }
  return ok({ cell: { ...cell, ramp: ramp.value }, payload: { [key]: { ...ramp.value } } })
}

// One value for every group, or a list with one for each. A tuple is a list itself, so its list is one of lists.
function checkAll(
  actuator: Actuator,
  key: string,
  value: Json,
  indices: readonly number[] | null,
): Result<readonly Json[]> {
  const size = indices?.length ?? actuator.paramGroups.length
  const isPerGroup =
    size > 1 && Array.isArray(value) && (actuator.spec.type !== 'tuple' || value.every((one) => Array.isArray(one)))
  if (isPerGroup && value.length !== size) {
    return refused(`\`${key}\` must be one value or a list of ${size}, got ${show(value)}`)
  }
  const values: Json[] = []
  for (let i = 0; i < size; i++) {
    const checked = checkValue(actuator.spec, key, isPerGroup ? (value[i] ?? null) : value)
    if (!checked.ok) return checked
    values.push(checked.value)
  }
  return ok(values)
}

/** Params that put the touched cells back as they were. */
function oldOf(cells: Cells, next: Cells): JsonObject {
  const old: Record<string, Json> = {}
  for (const actuator of next.keys()) {
    const before = cells.get(actuator)
    if (before === undefined) continue
    if (actuator.schedule) old.scheduler_scale = condensed(before.values)
    else if (before.ramp !== null) old[`ramps.${actuator.key}`] = { ...before.ramp }
    // One rate is spread by the ratios at registration, so rates that stand otherwise are told one by one.
    else old[actuator.key] = actuator.keepRatios ? condensedRates(actuator, before.values) : condensed(before.values)
  }
  return old
}

function planSwitch(registry: Registry, cells: Cells, op: Op): Result<Plan> {
  const enabled = op.op === 'enable'
  const asked = op.params?.key ?? op.params?.keys ?? null
  const controls: Actuator[] = []
  if (asked === null) {
    const group = op.module === 'opt' ? 'optimizer' : op.module
    if (op.id === 'main') controls.push(...registry.actuators.filter((actuator) => actuator.group === group))
    else {
      const found = findControl(registry, op.id)
      if (!found.ok) return found
      controls.push(found.value)
    }
    if (controls.length === 0) return refused(`module \`${op.module}\` has no controls here`)
  } else {
    for (const key of Array.isArray(asked) ? asked : [asked]) {
      const found = findControl(registry, String(key))
      if (!found.ok) return found
      controls.push(found.value)
    }
  }
  const next = new Map<Actuator, Cell>()
  for (const actuator of controls) {
    const cell = cells.get(actuator)
    if (cell !== undefined && cell.enabled !== enabled) next.set(actuator, { ...cell, enabled })
  }
  const changed = [...next.keys()].map((actuator) => actuator.key)
  const keys = controls.map((actuator) => actuator.key)
  return ok({ cells: next, payload: keysParam(keys), old: changed.length > 0 ? keysParam(changed) : null })
}

function keysParam(keys: readonly string[]): JsonObject {
  return keys.length === 1 ? { key: keys[0] ?? '' } : { keys }
}

/** Whether a plan leaves everything as it is. */
export function changesNothing(cells: Cells, plan: Plan): boolean {
  for (const [actuator, cell] of plan.cells) {
    const before = cells.get(actuator)
    if (before?.enabled !== cell.enabled || !sameValue(before.values, cell.values)) return false
    if (!sameValue(before.ramp as Json, cell.ramp as Json)) return false
  }
  return true
}
