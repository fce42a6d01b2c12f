import { type Overlay, ok, oneLine, type RecipeEntry, type Result, refused, type YamlReader } from '@hotcb/protocol'
import type { EntryMismatch } from './fit.ts'
import { type AdjustedEntry, applyOverlay, type FieldsByParam, moveEntry } from './overlay.ts'
import { comparePlanPlaces } from './plan-order.ts'
import { withFileAndLine } from './problem.ts'
import { readOverlayText } from './read-overlay.ts'
import { type Recipe, readRecipe } from './read-recipe.ts'

export interface ReplayOptions {
  /** Added to every step; a result below 0 becomes 0. @defaultValue 0 */
  readonly stepOffset?: number
  /** Applied before the offset. */
  readonly overlay?: Overlay | null
  /** Name of the overlay's file, for messages. @defaultValue 'hotcb.adjust.yaml' */
  readonly overlayFile?: string
  /** The text of the overlay, for line numbers in messages. */
  readonly overlayText?: string
}

/** The plan that a replay follows. */
export interface ReplayPlan {
  /**
   * The entries sorted by step; entries in the same step keep their order in the recipe. This is the content of
   * `hotcb.recipe.effective.jsonl`.
   */
  readonly entries: readonly RecipeEntry[]
  /** The origin of each entry, such as `hotcb.recipe.jsonl:12`. */
  readonly origins: readonly string[]
  /** The overlay's changes to their params: for each entry, the fields of the overlay by param. */
  readonly adjusted?: { readonly file: string; readonly text: string; readonly fields: readonly FieldsByParam[] }
  /** Human-readable notes: patches that match nothing, entries that are left out. */
  readonly notes: readonly string[]
}

/**
 * Computes the plan that a replay of a recipe follows.
 *
 * Ops of the kernel itself are left out with a note, except `stop`, `pause`, `resume` and `checkpoint` save and load.
 * For example, a replayed `unfreeze` would end the replay, and a replay must not delete checkpoints.
 *
 * @param recipe The result of `readRecipe`, or only entries.
 */
export function planReplay(recipe: Recipe | readonly RecipeEntry[], options: ReplayOptions = {}): Result<ReplayPlan> {
  const { stepOffset = 0, overlay = null, overlayFile = 'hotcb.adjust.yaml', overlayText = '' } = options
  const notes: string[] = []
  let list = withOrigins(recipe).sort(byStep)
  if (overlay !== null) {
    const adjusted = applyOverlay(list, overlay)
    if (!adjusted.ok) return refused(withFileAndLine(adjusted.reason, overlayFile, overlayText))
    notes.push(...adjusted.value.notes.map((note) => `${overlayFile}: ${note}`))
    list = adjusted.value.entries.map((one) => ({
      ...one,
      origin: one.origin.startsWith('`') ? withFileAndLine(one.origin, overlayFile, overlayText) : one.origin,
    }))
  }
  const effective: AdjustedEntry[] = []
  for (const { entry, origin, ...from } of list) {
    if (entry.module === 'core' && !isReplayed(entry)) {
      notes.push(`${origin}: core ${entry.op}${isDrop(entry) ? ' drop' : ''} is not replayed`)
      continue
    }
    effective.push({ entry: placed(entry, stepOffset), origin, ...from })
  }
  effective.sort(byStep)
  const fields = effective.map((one) => one.fields ?? {})
  return ok({
    entries: effective.map(({ entry }) => entry),
    origins: effective.map(({ origin }) => origin),
    // Notes quote names from the recipe, which may contain control characters.
    notes: notes.map((note) => oneLine(note)),
    ...(fields.some((one) => Object.keys(one).length > 0) && {
      adjusted: { file: overlayFile, text: overlayText, fields },
    }),
  })
}

/**
 * Formats a plan's mismatch with file and line: `hotcb.recipe.jsonl:12: reason`. If an overlay set the value, its
 * file, line and field come first.
 */
export function placeMismatch({ origins, adjusted }: ReplayPlan, { index, key, reason }: EntryMismatch): string {
  const origin = origins[index] ?? `entry ${index + 1}`
  const field = key === null ? undefined : adjusted?.fields[index]?.[key]
  if (adjusted === undefined || field === undefined) return `${origin}: ${reason}`
  const place = withFileAndLine(`\`${field}\``, adjusted.file, adjusted.text)
  return origin.startsWith(`${adjusted.file}:`) ? `${place}: ${reason}` : `${place}: ${reason}, in ${origin}`
}

/** The content of a replay's files. */
export interface ReplayFiles {
  readonly recipe: { readonly file: string; readonly text: string }
  /** The overlay; null to leave the recipe unchanged, as in mode `replay`. */
  readonly overlay: { readonly file: string; readonly text: string } | null
  /** Parses YAML: `parseYaml` from `@hotcb/protocol/yaml`. */
  readonly parseYaml: YamlReader
  /** @defaultValue 0 */
  readonly stepOffset?: number
}

/**
 * Reads a recipe and its overlay, and computes the replay. An error is one line that states the file, the line, the
 * field and the reason.
 */
export function readReplay({ recipe, overlay, parseYaml, stepOffset = 0 }: ReplayFiles): Result<ReplayPlan> {
  const read = readRecipe(recipe.text, recipe)
  if (!read.ok || overlay === null) return read.ok ? planReplay(read.value, { stepOffset }) : read
  const { file, text } = overlay
  const patches = readOverlayText(text, { file, parseYaml })
  if (!patches.ok) return patches
  return planReplay(read.value, { stepOffset, overlay: patches.value, overlayFile: file, overlayText: text })
}

const REPLAYED_CORE_OPS = ['stop', 'pause', 'resume', 'checkpoint']

function isReplayed(entry: RecipeEntry): boolean {
  return REPLAYED_CORE_OPS.includes(entry.op) && !isDrop(entry)
}

function isDrop({ op, params }: RecipeEntry): boolean {
  return op === 'checkpoint' && params?.['action'] === 'drop'
}

function withOrigins(recipe: Recipe | readonly RecipeEntry[]): AdjustedEntry[] {
  if (isEntries(recipe)) return recipe.map((entry, i) => ({ entry, origin: `entry ${i + 1}` }))
  const { file, entries, lines } = recipe
  return entries.map((entry, i) => ({ entry, origin: `${file}:${lines[i] ?? i + 1}` }))
}

function isEntries(recipe: Recipe | readonly RecipeEntry[]): recipe is readonly RecipeEntry[] {
  return Array.isArray(recipe)
}

function placed(entry: RecipeEntry, stepOffset: number): RecipeEntry {
  const moved = stepOffset === 0 ? entry : moveEntry(entry, stepOffset)
  const inRun = moved.at.step < 0 && moved.at.end !== true ? moveEntry(moved, -moved.at.step) : moved
  // hotcb 2's name for a safe point without an event.
  return inRun.at.event === 'unknown' ? { ...inRun, at: { ...inRun.at, event: null } } : inRun
}

// The sort is stable: within a step, entries keep their order in the recipe, except that `end` entries come last.
function byStep(a: AdjustedEntry, b: AdjustedEntry): number {
  return comparePlanPlaces(a.entry.at, b.entry.at)
}
