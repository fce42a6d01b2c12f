import {
  isObject,
  type Json,
  type JsonObject,
  type Overlay,
  type OverlayMatch,
  type OverlayPatch,
  ok,
  type RecipeEntry,
  type Result,
  refused,
  sameJson,
  show,
} from '@hotcb/protocol'
import { DEFAULT_EVENT } from './default-event.ts'

/** A recipe entry while an overlay is applied. */
export interface AdjustedEntry {
  readonly entry: RecipeEntry
  /** Its origin, for messages: `hotcb.recipe.jsonl:12`, or the patch that inserted it. */
  readonly origin: string
  /** The overlay fields that set its params, such as `patches.2.replace_params.lr`, by param. */
  readonly fields?: FieldsByParam
}

/** The overlay fields that set params, by param. */
export type FieldsByParam = Readonly<Record<string, string>>

/** The result of applying an overlay to a recipe. */
export interface OverlayResult {
  /**
   * The entries in the order of the recipe, with inserted ones at the end. Steps are kept as computed, even if they are
   * below 0.
   */
  readonly entries: readonly AdjustedEntry[]
  /** Patches that did nothing, one line each. */
  readonly notes: readonly string[]
}

/**
 * Applies an overlay's patches in order, each to the result of the previous ones.
 *
 * A matching entry is either dropped, or its params are replaced, then transformed (`value * scale + add`), and then it
 * is shifted. If a parameter to transform is not a number, the overlay is rejected. When an entry is moved, or its `lr`
 * or `scheduler_drop` changes, the recorded `scheduler_scale` is dropped and computed again, unless the overlay sets
 * it.
 */
export function applyOverlay(entries: readonly AdjustedEntry[], overlay: Overlay): Result<OverlayResult> {
  let list: Work[] = entries.map((adjusted) => ({ ...adjusted, stale: false, named: false }))
  const notes: string[] = []
  for (const [i, patch] of overlay.patches.entries()) {
    if (patch.insert !== null) {
      const fields = fieldsOf(`patches.${i}.insert.params`, patch.insert.params)
      list.push({ entry: patch.insert, origin: `\`patches.${i}.insert\``, fields, stale: false, named: false })
      continue
    }
    const patched = applyPatch(list, patch, i)
    if (!patched.ok) return patched
    const { list: next, matched } = patched.value
    if (matched === 0) notes.push(`\`patches.${i}\` matches no entry`)
    else if (doesNothing(patch)) notes.push(`\`patches.${i}\` matches, but changes nothing`)
    list = next
  }
  return ok({ entries: list.map(settled), notes })
}

// `stale` means that the values from which its `scheduler_scale` was computed have changed; `named` means that a patch
// sets it.
interface Work extends AdjustedEntry {
  readonly stale: boolean
  readonly named: boolean
}

function applyPatch(
  list: readonly Work[],
  patch: OverlayPatch,
  index: number,
): Result<{ readonly list: Work[]; readonly matched: number }> {
  const next: Work[] = []
  let met = 0
  let matched = 0
  for (const work of list) {
    if (!meets(work.entry, patch.match) || (patch.match.nth !== null && met++ !== patch.match.nth)) {
      next.push(work)
      continue
    }
    matched++
    if (patch.drop) continue
    const changed = change(work, patch, index)
    if (!changed.ok) return changed
    next.push(changed.value)
  }
  return ok({ list: next, matched })
}

function meets(entry: RecipeEntry, match: OverlayMatch): boolean {
  const { step, event } = entry.at
  return (
    (match.module === null || entry.module === match.module) &&
    (match.op === null || entry.op === match.op) &&
    (match.id === null || entry.id === match.id) &&
    (match.at_event === null || (event ?? DEFAULT_EVENT) === match.at_event) &&
    (match.at_step === null || step === match.at_step) &&
    (match.step_min === null || step >= match.step_min) &&
    (match.step_max === null || step <= match.step_max) &&
    (match.has_param === null || Object.hasOwn(entry.params ?? {}, match.has_param))
  )
}

function change(work: Work, patch: OverlayPatch, index: number): Result<Work> {
  const { replace_params, transform_params, shift_step } = patch
  const isMoved = shift_step !== null && shift_step !== 0
  const stale = work.stale || isMoved
  if (replace_params === null && transform_params === null) {
    return ok({ ...work, entry: isMoved ? moveEntry(work.entry, shift_step) : work.entry, stale })
  }
  const before = work.entry.params ?? {}
  const replaced = { ...before, ...replace_params }
  const params =
    transform_params === null
      ? ok(replaced)
      : transform(replaced, transform_params, `patches.${index}.transform_params`, work.origin)
  if (!params.ok) return params
  const isChanged = ['lr', 'scheduler_drop'].some((key) => !sameJson(before[key], params.value[key]))
  const isNamed = [replace_params, transform_params?.scale, transform_params?.add].some(
    (names) => names !== null && names !== undefined && Object.hasOwn(names, 'scheduler_scale'),
  )
  const changed = { ...work.entry, params: params.value }
  const entry = isMoved ? moveEntry(changed, shift_step) : changed
  const fields = { ...work.fields, ...fieldsOfPatch(patch, index, params.value) }
  return ok({ ...work, entry, fields, stale: stale || isChanged, named: work.named || isNamed })
}

function fieldsOfPatch(
  { replace_params, transform_params }: OverlayPatch,
  index: number,
  params: JsonObject,
): FieldsByParam {
  const path = `patches.${index}`
  const had = (amounts: JsonObject | undefined): JsonObject =>
    Object.fromEntries(Object.entries(amounts ?? {}).filter(([key]) => Object.hasOwn(params, key)))
  return {
    ...fieldsOf(`${path}.replace_params`, replace_params),
    ...fieldsOf(`${path}.transform_params.scale`, had(transform_params?.scale)),
    ...fieldsOf(`${path}.transform_params.add`, had(transform_params?.add)),
  }
}

function fieldsOf(path: string, params: JsonObject | null | undefined): FieldsByParam {
  return Object.fromEntries(Object.keys(params ?? {}).map((key) => [key, `${path}.${key}`]))
}

/**
 * Moves an entry by a number of steps. Its `call` is removed, because it has no meaning at another step, and its ramps
 * move with it. An `end` entry stays an `end` entry, and can be moved back to step -1, which is before step 0.
 */
export function moveEntry(entry: RecipeEntry, steps: number): RecipeEntry {
  const { at, params } = entry
  const { event, end } = at
  const moved: RecipeEntry = {
    ...entry,
    at: end === true ? { step: Math.max(at.step + steps, -1), event, end } : { step: at.step + steps, event },
  }
  const ramps = Object.entries(params ?? {}).filter(([key]) => key.startsWith('ramps.'))
  if (ramps.length === 0) return moved
  return {
    ...moved,
    params: { ...params, ...Object.fromEntries(ramps.map(([key, ramp]) => [key, later(ramp, steps)])) },
  }
}

function later(ramp: Json, steps: number): Json {
  if (!isObject(ramp) || typeof ramp['first_step'] !== 'number') return ramp
  // The content of an object of the wire format is JSON.
  return { ...(ramp as JsonObject), first_step: ramp['first_step'] + steps }
}

function transform(
  params: Readonly<Record<string, Json>>,
  { scale, add }: NonNullable<OverlayPatch['transform_params']>,
  path: string,
  origin: string,
): Result<Record<string, Json>> {
  const result: Record<string, Json> = { ...params }
  for (const [verb, amounts] of [
    ['scale', scale],
    ['add', add],
  ] as const) {
    for (const [key, amount] of Object.entries(amounts)) {
      const value = result[key]
      if (value === undefined || !Object.hasOwn(result, key)) continue
      const next =
        verb === 'scale' ? mapNumbers(value, (one) => one * amount) : mapNumbers(value, (one) => one + amount)
      if (next === undefined) {
        return refused(`\`${path}.${verb}.${key}\` does not result in a finite number for ${show(value)} in ${origin}`)
      }
      result[key] = next
    }
  }
  return ok(result)
}

// Transforms a number, or each number of a list with one value per parameter group.
function mapNumbers(value: Json, to: (number: number) => number): Json | undefined {
  if (typeof value === 'number') {
    const next = to(value)
    return Number.isFinite(next) ? next : undefined
  }
  if (!Array.isArray(value)) return undefined
  const list: Json[] = []
  for (const one of value as readonly Json[]) {
    const next = mapNumbers(one, to)
    if (next === undefined) return undefined
    list.push(next)
  }
  return list
}

function settled({ entry, stale, named, ...from }: Work): AdjustedEntry {
  const { params } = entry
  if (!stale || named || !isWorkedOut(params)) return { entry, ...from }
  const { scheduler_scale, ...rest } = params
  return { entry: { ...entry, params: rest }, ...from }
}

// Whether the kernel computed the scale, which is the case if there is also a rate. A scale without a rate was
// requested.
function isWorkedOut(params: JsonObject | null | undefined): params is JsonObject {
  if (params === null || params === undefined || !Object.hasOwn(params, 'scheduler_scale')) return false
  return Object.hasOwn(params, 'lr') || Object.hasOwn(params, 'scheduler_drop')
}

function doesNothing({ drop, replace_params, transform_params, shift_step }: OverlayPatch): boolean {
  return !drop && replace_params === null && transform_params === null && shift_step === null
}
