import { FieldReader } from './fields.ts'
import { isObject, type JsonObject } from './json.ts'
import type { CallbackTarget, Op, SourceCapture } from './op.ts'
import { ok, type Result } from './result.ts'
import { formatLine } from './text.ts'

/** Where in a run a recipe entry belongs. */
export interface RecipePlace {
  /** 0 or above; -1 together with `end` means before step 0. */
  readonly step: number
  /** The event it waits for; null for the first safe point of its step. */
  readonly event: string | null
  /** The index of the `apply` call within its step, from 0. It takes precedence over `event`. */
  readonly call?: number | null
  /** True if it is applied after the events of its call. */
  readonly after?: boolean
  /** True if it is applied after everything else in its step, before the next step is trained. */
  readonly end?: boolean
}

/** One entry of a recipe: an op, and where in the run it belongs. */
export interface RecipeEntry {
  readonly at: RecipePlace
  readonly module: string
  readonly op: string
  readonly id: string
  readonly params?: JsonObject | null
  readonly target?: JsonObject | null
  readonly init?: JsonObject | null
  readonly enabled?: boolean | null
  readonly source_capture?: JsonObject | null
  /** Seq of the ledger line that it was exported from. */
  readonly seq?: number | null
}

/**
 * Parses a recipe entry from any kernel: ours, hotcb 2's export, its server's schedule (no event), or its saved recipe
 * (neither event nor id). Null fields count as absent.
 */
export function readRecipeEntry(value: unknown): Result<RecipeEntry> {
  // Recipes may have a hundred thousand entries. Nearly all of them are complete, so there is a faster path for these.
  if (isObject(value) && isPlain(value)) return ok(plainEntryOf(value))
  const fields = new FieldReader(value, 'a recipe entry')
  return fields.result(recipeEntryOf(fields))
}

interface PlainEntry {
  readonly at: { readonly step: number; readonly event?: string | null; readonly call?: number | null }
  readonly module: string
  readonly op: string
  readonly id?: string
  readonly params?: JsonObject | null
  readonly seq?: number | null
}

// Whether an entry has the same shape as nearly all entries. All others take the general path.
function isPlain(value: Record<string, unknown>): value is Record<string, unknown> & PlainEntry {
  const { at, module, op, id, params, target, init, enabled, source_capture, seq } = value
  if (
    !isObject(at) ||
    at['after'] !== undefined ||
    at['end'] !== undefined ||
    !isCount(at['step']) ||
    !isWordOrNone(at['event']) ||
    !isCountOrNone(at['call'])
  )
    return false
  if (typeof module !== 'string' || module === '' || typeof op !== 'string' || op === '') return false
  if (!isWordOrNone(id) || !isCountOrNone(seq) || (params !== undefined && !isObject(params))) return false
  return target === undefined && init === undefined && enabled === undefined && source_capture === undefined
}

function plainEntryOf({ at, module, op, id, params, seq }: PlainEntry): RecipeEntry {
  const { step, event, call } = at
  const entry: Mutable<RecipeEntry> = {
    at: call === undefined || call === null ? { step, event: event ?? null } : { step, event: event ?? null, call },
    module,
    op,
    id: id ?? 'main',
  }
  if (params !== undefined && params !== null) entry.params = params
  if (seq !== undefined && seq !== null) entry.seq = seq
  return entry
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isCountOrNone(value: unknown): boolean {
  return value === undefined || value === null || isCount(value)
}

function isWordOrNone(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value !== '')
}

/** Reads a recipe entry inside another document. */
export function recipeEntryOf(fields: FieldReader): RecipeEntry {
  const entry: Mutable<RecipeEntry> = {
    at: fields.nested('at', placeOf),
    module: wordOf(fields, 'module'),
    op: wordOf(fields, 'op'),
    id: fields.name('id', 'main') || 'main',
  }
  if (fields.has('params')) entry.params = fields.object('params')
  if (fields.has('target')) entry.target = fields.nested('target', targetOf)
  if (fields.has('init')) entry.init = fields.object('init')
  if (fields.has('enabled')) entry.enabled = fields.flag('enabled')
  if (fields.has('source_capture')) entry.source_capture = fields.nested('source_capture', captureOf)
  if (fields.has('seq')) entry.seq = fields.count('seq')
  return entry
}

/** Returns the op of a recipe entry. */
export function opOfEntry(entry: RecipeEntry): Op {
  return {
    module: entry.module,
    op: entry.op,
    id: entry.id,
    params: entry.params ?? null,
    // `readRecipeEntry` has checked this field and the next.
    target: (entry.target ?? null) as CallbackTarget | null,
    init: entry.init ?? null,
    enabled: entry.enabled ?? null,
    source_capture: (entry.source_capture ?? null) as SourceCapture | null,
  }
}

/**
 * Formats one line of a recipe, ended by `\n`, with its keys in wire-format order. Null fields are left out.
 *
 * @throws {RangeError} If the entry contains a number that is not finite.
 */
export function formatRecipeEntry(entry: RecipeEntry): string {
  const { at, module, op, id, params, target, init, enabled, source_capture, seq } = entry
  const { step, event, call, after, end } = at
  return formatLine({
    at: { step, event, call: call ?? undefined, after: after || undefined, end: end || undefined },
    module,
    op,
    id,
    params: params ?? undefined,
    target: target ?? undefined,
    init: init ?? undefined,
    enabled: enabled ?? undefined,
    source_capture: source_capture ?? undefined,
    seq: seq ?? undefined,
  })
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

function wordOf(fields: FieldReader, key: string): string {
  const word = fields.text(key)
  if (word === '') fields.refuse(`\`${fields.pathOf(key)}\` must be a non-empty string, got ""`)
  return word
}

function placeOf(fields: FieldReader): RecipePlace {
  const end = fields.flag('end', false)
  const step = end ? fields.whole('step') : fields.count('step')
  if (step < -1) fields.refuse(`\`${fields.pathOf('step')}\` must be -1 or above, got ${step}`)
  const after = fields.flag('after', false)
  const event = fields.text('event', null) || null
  const place = { step, event, ...(after && { after }), ...(end && { end }) }
  return fields.has('call') ? { ...place, call: fields.count('call') } : place
}

function targetOf(fields: FieldReader): JsonObject {
  return {
    kind: fields.oneOf('kind', ['file', 'module', 'python_file']),
    path: fields.text('path'),
    symbol: fields.text('symbol'),
  }
}

function captureOf(fields: FieldReader): JsonObject {
  return { sha256: fields.text('sha256'), captured_path: fields.text('captured_path') }
}
