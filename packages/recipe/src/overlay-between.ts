import type { JsonObject, Overlay, OverlayMatch, OverlayPatch, RecipeEntry } from '@hotcb/protocol'
import { canonical, pairEntries } from './diff-recipes.ts'
import { applyOverlay, moveEntry } from './overlay.ts'
import { comparePlanPlaces, inPlanOrder } from './plan-order.ts'

/**
 * Computes the overlay that turns one recipe into another: with this overlay, a replay of `before` follows the plan of
 * `after`, entry by entry.
 *
 * Entries are paired as in `diffRecipes`. A moved entry is shifted, and a changed one gets new params. For any other
 * difference, including a different order within a step, the old entry is dropped and the new one is inserted.
 */
export function overlayBetween(before: readonly RecipeEntry[], after: readonly RecipeEntry[]): Overlay {
  // Copied, so that an entry that is listed twice is treated as two entries.
  const from = inPlanOrder(before).map((entry) => ({ ...entry }))
  const to = inPlanOrder(after).map((entry) => ({ ...entry }))
  const kept = keptEntries(from, to)
  const sources = new Set(kept.map(({ source }) => source))
  const draft = createDraft(from)
  for (const entry of from) if (!sources.has(entry)) draft.drop(entry)
  const common = commonShift(kept)
  if (common !== 0) draft.shiftAll(common)
  for (const { source, steps, params } of kept) {
    if (common === 0 && steps !== 0) draft.patch(source, { shift_step: steps })
    if (params !== null) draft.patch(source, { replace_params: params })
  }
  const targets = new Set(kept.map(({ target }) => target))
  for (const entry of to) if (!targets.has(entry)) draft.insert(entry)
  return { version: 1, patches: draft.patches }
}

/** An entry that is kept, and its changes: first the step, then the params. */
interface Kept {
  readonly source: RecipeEntry
  readonly target: RecipeEntry
  readonly steps: number
  readonly params: JsonObject | null
}

/**
 * Returns the entries that patches can change in place. Inserted entries come last in their step, so entries after the
 * first inserted one cannot be kept.
 */
function keptEntries(from: readonly RecipeEntry[], to: readonly RecipeEntry[]): readonly Kept[] {
  const places = new Map(from.map((entry, i) => [entry, i]))
  const sources = new Map(pairEntries(from, to).map(([source, target]) => [target, source]))
  const kept: Kept[] = []
  let last = -1
  let isOpen = true
  for (const [i, target] of to.entries()) {
    const previous = to[i - 1]
    if (previous === undefined || comparePlanPlaces(previous.at, target.at) !== 0) [last, isOpen] = [-1, true]
    const source = sources.get(target)
    const one = source === undefined ? null : changeOf(source, target)
    const place = source === undefined ? -1 : (places.get(source) ?? -1)
    isOpen = isOpen && one !== null && place > last
    if (!isOpen || one === null) continue
    kept.push(one)
    last = place
  }
  return kept
}

function changeOf(source: RecipeEntry, target: RecipeEntry): Kept | null {
  const steps = target.at.step - source.at.step
  const moved = steps === 0 ? source : moveEntry(source, steps)
  const had = moved.params ?? {}
  const changed = Object.entries(target.params ?? {}).filter(
    ([key, value]) => !Object.hasOwn(had, key) || canonical(had[key] ?? null) !== canonical(value),
  )
  const params = changed.length === 0 ? null : Object.fromEntries(changed)
  const patches = [
    ...(steps === 0 ? [] : [patchOf(ANY, { shift_step: steps })]),
    ...(params === null ? [] : [patchOf(ANY, { replace_params: params })]),
  ]
  const result = applyOverlay([{ entry: source, origin: '' }], { version: 1, patches })
  const made = result.ok ? result.value.entries[0]?.entry : undefined
  return made !== undefined && isSameEntry(made, target) ? { source, target, steps, params } : null
}

function isSameEntry(a: RecipeEntry, b: RecipeEntry): boolean {
  return textOf(a) === textOf(b)
}

// Formats an entry for comparison, without the `seq` of the ledger line that it was exported from.
function textOf({ at, module, op, id, params, target, init, enabled, source_capture }: RecipeEntry): string {
  const place = [at.step, at.event, at.call ?? null, at.after === true, at.end === true]
  const rest = [target ?? null, init ?? null, enabled ?? null, source_capture ?? null]
  return canonical([place, module, op, id, params ?? null, rest])
}

// Returns the number of steps by which all kept entries move, so that one patch is enough; 0 if they differ.
function commonShift(kept: readonly Kept[]): number {
  const steps = kept[0]?.steps ?? 0
  return kept.length > 1 && kept.every((one) => one.steps === steps) ? steps : 0
}

interface Draft {
  readonly patches: readonly OverlayPatch[]
  drop(entry: RecipeEntry): void
  shiftAll(steps: number): void
  patch(entry: RecipeEntry, change: Partial<OverlayPatch>): void
  insert(entry: RecipeEntry): void
}

// Each patch matches entries in the result of the previous ones, so the draft tracks the current places of the entries.
function createDraft(entries: readonly RecipeEntry[]): Draft {
  const patches: OverlayPatch[] = []
  let list = entries.map((entry) => ({ entry, step: entry.at.step }))
  function matchOf(entry: RecipeEntry): OverlayMatch {
    const { module, op, id } = entry
    const step = list.find((one) => one.entry === entry)?.step ?? entry.at.step
    const alike = list.filter(
      (one) => one.step === step && one.entry.module === module && one.entry.op === op && one.entry.id === id,
    )
    const nth = alike.length > 1 ? alike.findIndex((one) => one.entry === entry) : null
    return { ...ANY, module, op, id, at_step: step, nth }
  }
  return {
    patches,
    drop(entry) {
      patches.push(patchOf(matchOf(entry), { drop: true }))
      list = list.filter((one) => one.entry !== entry)
    },
    shiftAll(steps) {
      patches.push(patchOf(ANY, { shift_step: steps }))
      list = list.map(({ entry, step }) => ({ entry, step: step + steps }))
    },
    patch(entry, change) {
      patches.push(patchOf(matchOf(entry), change))
      const steps = change.shift_step ?? 0
      if (steps !== 0) list = list.map((one) => (one.entry === entry ? { entry, step: one.step + steps } : one))
    },
    insert: (entry) => void patches.push(patchOf(ANY, { insert: entry })),
  }
}

const ANY: OverlayMatch = {
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

function patchOf(match: OverlayMatch, change: Partial<OverlayPatch>): OverlayPatch {
  return {
    match,
    drop: false,
    replace_params: null,
    transform_params: null,
    shift_step: null,
    insert: null,
    ...change,
  }
}
