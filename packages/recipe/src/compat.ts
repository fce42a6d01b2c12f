import { BUILT_IN_TABLE, type Json, type JsonObject, type RecipeEntry, sameJson, show } from '@hotcb/protocol'
import { createCompatCallbacks } from './compat-callbacks.ts'
import { DEFAULT_EVENT } from './default-event.ts'
import type { HistoryEntry } from './history.ts'

/** A recipe, and notes on what was left out or changed, one line each. */
export interface Compatible {
  readonly entries: readonly RecipeEntry[]
  readonly notes: readonly string[]
}

/**
 * Converts a recipe for hotcb 2's tools. `call` and `seq` are left out. Changes to modules that its validator rejects
 * are assigned to `opt`, which finds any control by its key. Weights get their own names, and switches become separate
 * entries. Unsupported ops are left out and noted.
 *
 * @param history The changes behind the entries, in the same order.
 */
export function compatible(
  history: readonly HistoryEntry[],
  entries: readonly RecipeEntry[],
  notes: readonly string[],
): Compatible {
  const said = [...notes]
  const callbacks = createCompatCallbacks()
  const kept = entries.flatMap((entry, i): readonly RecipeEntry[] => {
    const { at, module, op, seq, params } = entry
    const note = (what: string): void => void said.push(`step ${at.step}, seq ${seq ?? '?'}: ${what}`)
    if (!KNOWN.includes(module) && !STREAM_OPS.includes(op)) {
      note(`${module} ${op} is left out: hotcb 2 has no equivalent`)
      return []
    }
    if (at.step < 0)
      note('hotcb 2 cannot apply anything before step 0: it is written at step 0, and takes effect one step late')
    if (BUILT_IN_TABLE.hasHandles(module)) return callbacks.translate(entry, note)
    if (!KNOWN.includes(module)) note(`module \`${module}\` is written as \`opt\``)
    if (!STREAM_OPS.includes(op)) return [entry]
    return inItsWords(op, params ?? {}, history[i]?.old ?? null, note).map((own) => ({ ...entry, params: own }))
  })
  return { entries: kept.map(inItsForm), notes: said }
}

function inItsForm({ at, module, op, seq: _, params, source_capture, ...rest }: RecipeEntry): RecipeEntry {
  return {
    // An entry without an event gets hotcb 2's default event, since null never matches there.
    at: { step: Math.max(0, at.step), event: at.event ?? DEFAULT_EVENT },
    module: KNOWN.includes(module) ? module : 'opt',
    op,
    ...rest,
    ...(params && { params }),
    ...(source_capture && { source_capture }),
  }
}

const KNOWN = ['cb', 'opt', 'loss']
const GROUPED_NUMBERS = ['lr', 'weight_decay', 'momentum', 'clip_norm']
const STREAM_OPS = ['set_params', 'enable', 'disable']

type Note = (what: string) => void

/** Returns the params of the entries that have the same effect in hotcb 2; an empty list if nothing remains. */
function inItsWords(op: string, params: JsonObject, old: JsonObject | null, note: Note): readonly JsonObject[] {
  if (op !== 'set_params') return keysOf(params).flatMap((key) => (isKnown(key, note) ? [{ key }] : []))
  const narrowing = ['group', 'groups'].find((word) => params[word] != null)
  if (narrowing !== undefined) {
    note(`left out because it is limited to \`${narrowing}\`: hotcb 2 sets every parameter group`)
    return []
  }
  const set: JsonObject = Object.fromEntries(
    Object.entries(params)
      // If a rate is set too, `scheduler_scale` is only the value that our kernel computed from it.
      .filter(([key]) => (key === 'scheduler_scale' && Object.hasOwn(params, 'lr') ? false : isKnown(key, note)))
      .map(([key, value]) => [ownName(key, old), forAllGroups(key, value)] as const)
      .filter(([key, value]) => isTaken(key, value, note)),
  )
  return Object.keys(set).length === 0 ? [] : [set]
}

function keysOf({ key, keys }: JsonObject): readonly string[] {
  const asked: readonly unknown[] = Array.isArray(keys) ? keys : [key]
  return asked.filter((one) => typeof one === 'string')
}

function isKnown(key: string, note: Note): boolean {
  const isUnknown = /^(terms|ramps)\.|^scheduler_(scale|drop)$/.test(key)
  if (isUnknown) note(`\`${key}\` is left out: hotcb 2 has no equivalent`)
  return !isUnknown
}

// A list with one value per parameter group becomes a single value if all are equal.
function forAllGroups(key: string, value: Json): Json {
  if (!isPerGroup(key, value)) return value
  const [first = null] = value
  return value.every((one) => sameJson(one, first)) ? first : value
}

function isPerGroup(key: string, value: Json): value is readonly Json[] {
  if (!Array.isArray(value)) return false
  return GROUPED_NUMBERS.includes(key) || (key === 'betas' && Array.isArray(value[0]))
}

// Whether hotcb 2 accepts the value. Its kernel rejects other values, but its strict replay does not report that.
function isTaken(key: string, value: Json, note: Note): boolean {
  if (isPerGroup(key, value))
    note(`\`${key}\` is left out: hotcb 2 sets one value for every parameter group, got ${show(value)}`)
  else if (key === 'weight_decay' && value === 0)
    note('`weight_decay` 0 is left out: hotcb 2 accepts only values above 0')
  else return true
  return false
}

// Returns a control's own name. A weight may have been requested as `NAME_w`, but its old value is recorded under its
// own name.
function ownName(key: string, old: JsonObject | null): string {
  const name = key.replace(/_w$/, '')
  return old !== null && !Object.hasOwn(old, key) && Object.hasOwn(old, name) ? name : key
}
