import {
  type ControlDescription,
  checkValue,
  type Json,
  type JsonObject,
  type Op,
  ok,
  readRamp,
  readSetParams,
  refused,
  type SetParams,
  spreadValue,
} from '@hotcb/protocol'
import { type Actuator, isScaled } from './actuator.ts'
import { type Cell, valuesAt } from './cell.ts'
import { changeRate, condensed, condensedRates, fill } from './rate.ts'
import { findControl, narrowedGroups, type Registry, ruleIn } from './registry.ts'
import { planSwitch } from './switch.ts'

/** The context in which an op is applied. */
export interface PlanContext {
  readonly step: number
  /** Total steps of the run; null if the trainer does not declare them. */
  readonly total: number | null
}

/** The effect of an op, computed before anything is written: new cells, and the content of its ledger line. */
export interface Plan {
  readonly changes: readonly Change[]
  readonly payload: JsonObject
  readonly old: JsonObject | null
}

/** The new cell of a control. */
export interface Change {
  readonly actuator: Actuator
  readonly cell: Cell
}

type Cells = ReadonlyMap<Actuator, Cell>

/** A plan, or the reason why there is none, with the invalid key if the problem is about one key. */
export type Planned =
  | { readonly ok: true; readonly value: Plan }
  | { readonly ok: false; readonly reason: string; readonly key?: string }

/** Plans `set_params`, `enable` or `disable`, completely or not at all, using only the cells. */
export function planOp(registry: Registry, cells: Cells, op: Op, context: PlanContext): Planned {
  if (op.op === 'set_params') {
    const params = op.params ?? {}
    return planOne(registry, cells, params) ?? planSet(registry, cells, params, context)
  }
  if (op.op === 'enable' || op.op === 'disable') return planSwitch(registry, cells, op)
  return refused(`unknown_op: \`${op.op}\`: module \`${op.module}\` has the ops set_params, enable, disable`)
}

/** Returns the keys of the controls that the params of a `set_params` touch, with aliases resolved. */
export function touchedKeys(registry: Registry, params: JsonObject): readonly string[] {
  const touched = new Set<string>()
  const asked = readSetParams(params)
  for (const [key] of asked.ok ? asked.value.pairs : []) {
    const found = findControl(registry, key)
    if (found.ok) touched.add(found.value.key)
  }
  return [...touched]
}

// This is a faster path for the common case: one number for a control with one group.
function planOne(registry: Registry, cells: Cells, asked: JsonObject): Planned | null {
  let only: string | undefined
  for (const key in asked) {
    if (only !== undefined) return null
    only = key
  }
  const actuator = only === undefined ? undefined : registry.byKey.get(only)
  if (only === undefined || actuator === undefined || isScaled(actuator) || actuator.paramGroups.length !== 1)
    return null
  const value = asked[only]
  const cell = cells.get(actuator)
  if (typeof value !== 'number' || cell === undefined || !cell.enabled || cell.ramp !== null) return null
  const rule = ruleIn(registry, actuator)
  const checked = only === actuator.key ? checkValue(rule, value) : checkValue(rule, value, { field: only })
  if (!checked.ok) return { ...checked, key: only }
  const changes = [{ actuator, cell: { values: [checked.value], ramp: null, enabled: true } }]
  return ok({ changes, payload: asked, old: { [actuator.key]: cell.values[0] ?? null } })
}

function planSet(registry: Registry, cells: Cells, params: JsonObject, context: PlanContext): Planned {
  const asked = readSetParams(params)
  if (!asked.ok) return asked
  const found = findAll(registry, asked.value)
  if (!found.ok) return found
  const next = new Map<Actuator, Cell>()
  const payload: Record<string, Json> = {}
  for (const pair of found.value) {
    const { actuator } = pair
    const cell = next.get(actuator) ?? cells.get(actuator)
    if (cell === undefined) throw new Error(`unreachable: \`${actuator.key}\` has no cell`)
    if (!cell.enabled) {
      return { ...refused(`actuator_disabled: \`${actuator.key}\` is disabled: enable it first`), key: pair.key }
    }
    const indices = narrowedGroups(actuator, asked.value.narrowing)
    if (!indices.ok) return { ...indices, key: pair.key }
    const place = { rule: ruleIn(registry, actuator), context, indices: indices.value, all: found.value }
    const part = planPair(pair, cell, place)
    if (!part.ok) return { key: pair.key, ...part }
    next.set(actuator, part.value.cell)
    Object.assign(payload, part.value.payload)
  }
  if (next.size === 0) return nothingToSet(params)
  const changes = [...next].map(([actuator, cell]) => ({ actuator, cell }))
  return ok({ changes, payload: { ...payload, ...asked.value.narrowing }, old: oldOf(cells, next) })
}

// Params whose values are all null are rejected, because null means unchanged, so they would set nothing.
function nothingToSet(params: JsonObject): Planned {
  const key = Object.keys(params).find((one) => params[one] === null)
  return { ...refused('no_params: nothing to set: give `params` with at least one key'), ...(key && { key }) }
}

/** One key of an op, with its control. */
interface Pair {
  readonly key: string
  readonly value: Json
  readonly actuator: Actuator
}

type Found =
  | { readonly ok: true; readonly value: readonly Pair[] }
  | { readonly ok: false; readonly reason: string; readonly key: string }

function findAll(registry: Registry, asked: SetParams): Found {
  const pairs: Pair[] = []
  for (const [key, value] of asked.pairs) {
    const found = findControl(registry, key)
    if (!found.ok) return { ...found, key }
    pairs.push({ key, value, actuator: found.value })
  }
  return { ok: true, value: pairs }
}

interface PairPlace {
  readonly rule: ControlDescription
  readonly context: PlanContext
  readonly indices: readonly number[] | null
  readonly all: readonly Pair[]
}

type Part =
  | { readonly ok: true; readonly value: { readonly cell: Cell; readonly payload: JsonObject } }
  | { readonly ok: false; readonly reason: string; readonly key?: string }

function planPair(pair: Pair, cell: Cell, place: PairPlace): Part {
  const { key, value, actuator } = pair
  if (isRampKey(pair)) return planRamp(pair, cell, place)
  const isRate = actuator.keepRatios || isScaled(actuator)
  if (isRate || key.startsWith('scheduler_')) return planRate(pair, unramped(actuator, cell, place.context), place)
  const spread = spreadValue(place.rule, value, { field: key, groups: place.indices })
  if (!spread.ok) return spread
  const { values } = spread.value
  const base = unramped(actuator, cell, place.context)
  const filled = fill(base.values, values, place.indices)
  return ok({ cell: { ...base, values: filled }, payload: { [key]: condensed(values) } })
}

// A new value ends a ramp. Other groups keep the value that the ramp has reached.
function unramped(actuator: Actuator, cell: Cell, { step }: PlanContext): Cell {
  return cell.ramp === null ? cell : { ...cell, values: valuesAt(actuator, cell, step), ramp: null }
}

// `lr`, `scheduler_scale` and `scheduler_drop` count as one key: computing one of them gives the result of all of them
// together.
function planRate({ key, actuator }: Pair, cell: Cell, { rule, all, context, indices }: PairPlace): Part {
  const mine = all.filter((pair) => pair.actuator === actuator && !isRampKey(pair))
  const asked: { rate?: Json; scale?: Json; drop?: Json } = {}
  for (const pair of mine) asked[roleOf(pair.key)] = pair.value
  const change = changeRate({ actuator, rule }, cell, asked, { step: context.step, indices })
  if (!change.ok) return { ...change, key: mine.find((pair) => roleOf(pair.key) === change.role)?.key ?? key }
  const { values, ...told } = change.value
  const payload = {
    ...(told.rate !== undefined && { [actuator.key]: told.rate }),
    ...(told.drop !== undefined && { scheduler_drop: told.drop }),
    ...(told.scale !== undefined && { scheduler_scale: told.scale }),
  }
  return ok({ cell: { ...cell, values }, payload })
}

function roleOf(key: string): 'rate' | 'scale' | 'drop' {
  if (key === 'scheduler_scale') return 'scale'
  return key === 'scheduler_drop' ? 'drop' : 'rate'
}

function isRampKey({ key, actuator }: Pair): boolean {
  return key.startsWith('ramps.') && actuator.key !== key && !actuator.aliases.includes(key)
}

function planRamp({ key, value, actuator }: Pair, cell: Cell, { rule, context, indices }: PairPlace): Part {
  if (indices !== null) return refused(`\`${key}\` changes all parameter groups: leave \`group\` and \`groups\` out`)
  const { step, total } = context
  const now = valuesAt(actuator, cell, step)
  if (value === null) {
    // The control keeps the value that the ramp has reached, so the payload records it.
    const told = actuator.keepRatios ? condensedRates(actuator, now) : condensed(now)
    return ok({ cell: { ...cell, values: now, ramp: null }, payload: { [key]: null, [actuator.key]: told } })
  }
  const ramp = readRamp(key, value, { step, current: Number(now[0]), total })
  if (!ramp.ok) return ramp
  const from = spreadValue(rule, ramp.value.start, { field: `${key}.start` })
  if (!from.ok) return from
  const to = spreadValue(rule, ramp.value.end, { field: `${key}.end` })
  if (!to.ok) return to
  return ok({ cell: { ...cell, values: to.value.values, ramp: ramp.value }, payload: { [key]: { ...ramp.value } } })
}

/** Returns params that restore the touched cells. */
function oldOf(cells: Cells, next: Cells): JsonObject {
  const old: Record<string, Json> = {}
  for (const actuator of next.keys()) {
    const before = cells.get(actuator)
    if (before === undefined) continue
    if (isScaled(actuator)) old.scheduler_scale = condensed(before.values)
    else if (before.ramp !== null) old[`ramps.${actuator.key}`] = { ...before.ramp }
    // A single rate is distributed by the ratios at registration, so rates with other ratios need a list.
    else old[actuator.key] = actuator.keepRatios ? condensedRates(actuator, before.values) : condensed(before.values)
  }
  return old
}
