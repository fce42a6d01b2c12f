import { type Overlay, ok, type RecipeEntry, type Result, refused } from '@hotcb/protocol'
import { type Adjusted, applyOverlay, shifted } from './overlay.ts'
import { located } from './problem.ts'
import type { Recipe } from './read-recipe.ts'

export interface ReplayOptions {
  /** Added to every step; what comes out below 0 is 0. @defaultValue 0 */
  readonly stepOffset?: number
  /** Applied before the offset. */
  readonly overlay?: Overlay | null
  /** Name of the overlay's file, for messages. @defaultValue 'hotcb.adjust.yaml' */
  readonly overlayFile?: string
  /** Its text, for lines in messages. */
  readonly overlayText?: string
}

/** What a replay follows. */
export interface ReplayPlan {
  /** By step alone, entries of one step in the order of the recipe: what `hotcb.recipe.effective.jsonl` holds. */
  readonly entries: readonly RecipeEntry[]
  /** Where each comes from, as `hotcb.recipe.jsonl:12`. */
  readonly origins: readonly string[]
  /** What a person should know: patches that match nothing, entries that are left out. */
  readonly notes: readonly string[]
}

/**
 * Works out what a replay of a recipe follows.
 *
 * Ops of the kernel itself are left out, and noted, but for `stop`, `pause`, `resume` and `checkpoint`: a replayed `unfreeze`
 * would end the replay.
 *
 * @param recipe From `readRecipe`, or entries alone.
 */
export function planReplay(recipe: Recipe | readonly RecipeEntry[], options: ReplayOptions = {}): Result<ReplayPlan> {
  const { stepOffset = 0, overlay = null, overlayFile = 'hotcb.adjust.yaml', overlayText = '' } = options
  const notes: string[] = []
  let list = withOrigins(recipe).sort(byStep)
  if (overlay !== null) {
    const adjusted = applyOverlay(list, overlay)
    if (!adjusted.ok) return refused(located(adjusted.reason, overlayFile, overlayText))
    notes.push(...adjusted.value.notes.map((note) => `${overlayFile}: ${note}`))
    list = adjusted.value.entries.map(({ entry, origin }) => ({
      entry,
      origin: origin.startsWith('`') ? `${overlayFile}: ${origin}` : origin,
    }))
  }
  const effective: Adjusted[] = []
  for (const { entry, origin } of list) {
    if (entry.module === 'core' && !REPLAYED_CORE_OPS.includes(entry.op)) {
      notes.push(`${origin}: core ${entry.op} is not replayed`)
    } else effective.push({ entry: { ...entry, at: due(entry.at, stepOffset) }, origin })
  }
  effective.sort(byStep)
  return ok({ entries: effective.map(({ entry }) => entry), origins: effective.map(({ origin }) => origin), notes })
}

const REPLAYED_CORE_OPS = ['stop', 'pause', 'resume', 'checkpoint']

function withOrigins(recipe: Recipe | readonly RecipeEntry[]): Adjusted[] {
  if (isEntries(recipe)) return recipe.map((entry, i) => ({ entry, origin: `entry ${i + 1}` }))
  const { file, entries, lines } = recipe
  return entries.map((entry, i) => ({ entry, origin: `${file}:${lines[i] ?? i + 1}` }))
}

function isEntries(recipe: Recipe | readonly RecipeEntry[]): recipe is readonly RecipeEntry[] {
  return Array.isArray(recipe)
}

function due(at: RecipeEntry['at'], stepOffset: number): RecipeEntry['at'] {
  const moved = stepOffset === 0 ? at : shifted(at, stepOffset)
  return moved.step < 0 ? { ...moved, step: 0 } : moved
}

// The sort is stable: order within a step is the recipe's.
function byStep(a: Adjusted, b: Adjusted): number {
  return a.entry.at.step - b.entry.at.step
}
