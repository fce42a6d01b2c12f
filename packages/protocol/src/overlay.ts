import { FieldReader } from './fields.ts'
import type { JsonObject } from './json.ts'
import { nearest } from './nearest.ts'
import { type RecipeEntry, recipeEntryOf } from './recipe-entry.ts'
import type { Result } from './result.ts'

/** The document `hotcb.adjust.yaml` or `.json`: patches to a recipe, applied in order. */
export interface Overlay {
  readonly version: number
  readonly patches: readonly OverlayPatch[]
}

/** The changes to every matching entry, applied in this order; or just an entry to insert. */
export interface OverlayPatch {
  readonly match: OverlayMatch
  readonly drop: boolean
  /** Merged into the entry's params, key by key. */
  readonly replace_params: JsonObject | null
  readonly transform_params: ParamTransform | null
  /** The number of steps to add. */
  readonly shift_step: number | null
  /** An entry to insert. This patch matches no entries; later patches see the new one. */
  readonly insert: RecipeEntry | null
}

/** The conditions of a patch. All conditions that are not null must be met. Without conditions, every entry matches. */
export interface OverlayMatch {
  readonly module: string | null
  readonly op: string | null
  readonly id: string | null
  readonly at_event: string | null
  readonly at_step: number | null
  /** Inclusive. */
  readonly step_min: number | null
  /** Inclusive. */
  readonly step_max: number | null
  /** A key that the entry's params have. */
  readonly has_param: string | null
  /** The index among the entries that meet the other conditions, from 0. */
  readonly nth: number | null
}

/** Computes `value * scale + add` for each listed param; params that the entry lacks are ignored. */
export interface ParamTransform {
  readonly scale: Readonly<Record<string, number>>
  readonly add: Readonly<Record<string, number>>
}

/**
 * Parses an overlay. People write overlays by hand, and a patch with a misspelt condition would match every entry, so
 * unknown keys are rejected, except `note`, `comment`, `description` and `name` in a patch.
 *
 * The reader is hand-written and does not use the schema: the kernel reads this document, and a trainer should not have
 * to load valibot.
 */
export function readOverlay(value: unknown): Result<Overlay> {
  const fields = new FieldReader(value, 'an overlay')
  refuseUnknown(fields, ['version', 'patches', ...REMARKS])
  if (!fields.has('patches')) fields.refuse('`patches` is missing: expected a list of patches')
  return fields.result({ version: fields.count('version', 1), patches: fields.list('patches', patchOf) })
}

const REMARKS = ['note', 'comment', 'description', 'name']
const MATCH_KEYS = ['module', 'op', 'id', 'at_event', 'at_step', 'step_min', 'step_max', 'has_param', 'nth']
const PATCH_KEYS = ['match', 'drop', 'replace_params', 'transform_params', 'shift_step', 'insert']
const MATCH_ALL: OverlayMatch = {
  module: null,
  op: null,
  id: null,
  at_event: null,
  at_step: null,
  step_min: null,
  step_max: null,
  has_param: null,
  nth: null,
}

function patchOf(fields: FieldReader): OverlayPatch {
  refuseUnknown(fields, PATCH_KEYS, REMARKS)
  return {
    match: fields.nested('match', matchOf, MATCH_ALL),
    drop: fields.flag('drop', false),
    replace_params: fields.object('replace_params', null),
    transform_params: fields.nested('transform_params', transformOf, null),
    shift_step: fields.whole('shift_step', null),
    insert: fields.nested('insert', recipeEntryOf, null),
  }
}

function matchOf(fields: FieldReader): OverlayMatch {
  refuseUnknown(fields, MATCH_KEYS)
  return {
    module: fields.text('module', null),
    op: fields.text('op', null),
    id: fields.name('id', null),
    at_event: fields.text('at_event', null),
    at_step: fields.whole('at_step', null),
    step_min: fields.whole('step_min', null),
    step_max: fields.whole('step_max', null),
    has_param: fields.text('has_param', null),
    nth: fields.count('nth', null),
  }
}

function transformOf(fields: FieldReader): ParamTransform {
  refuseUnknown(fields, ['scale', 'add'])
  return { scale: fields.numbers('scale', {}), add: fields.numbers('add', {}) }
}

function refuseUnknown(fields: FieldReader, known: readonly string[], alsoAllowed: readonly string[] = []): void {
  const unknown = fields.keys().find((key) => !known.includes(key) && !alsoAllowed.includes(key))
  if (unknown === undefined) return
  const [near] = nearest(unknown, known, 1)
  const hint = near === undefined ? `choose from ${known.join(', ')}` : `did you mean \`${near}\`?`
  fields.refuse(`\`${fields.pathOf(unknown)}\` is not a key of an overlay: ${hint}`)
}
