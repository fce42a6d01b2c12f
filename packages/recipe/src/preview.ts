import type { RecipeEntry } from '@hotcb/protocol'
import { fitRecipe, type RunControls } from './fit.ts'
import type { ReplayPlan } from './replay.ts'
import { type FindSource, missingSources } from './sources.ts'

/** The effect of one entry in a replay. */
export interface PreviewRow {
  readonly step: number
  readonly event: string | null
  /** `opt set_params lr=0.001`. */
  readonly what: string
  readonly entry: RecipeEntry
  /** Its origin, such as `hotcb.recipe.jsonl:12`. */
  readonly origin: string
  /** Why it does not match the run; null if it does. */
  readonly problem: string | null
}

/**
 * Lists what a replay would do, and at which steps.
 *
 * @param run The controls and modules of the run in which the replay would take place. If null, only entries that are
 *   invalid in any run are reported
 * as problems.
 * @param findSource Finds captured sources. Absent: they are not checked.
 */
export function previewReplay(
  plan: ReplayPlan,
  run: RunControls | null = null,
  findSource?: FindSource,
): readonly PreviewRow[] {
  const missing = findSource === undefined ? [] : missingSources(plan.entries, findSource)
  const mismatches = new Map([...missing, ...fitRecipe(plan.entries, run)].map(({ index, reason }) => [index, reason]))
  return plan.entries.map((entry, i) => ({
    step: entry.at.step,
    event: entry.at.event,
    what: describeEntry(entry),
    entry,
    origin: plan.origins[i] ?? `entry ${i + 1}`,
    problem: mismatches.get(i) ?? null,
  }))
}

/** Describes an entry's op as it is typed: `opt set_params lr=0.001`. */
export function describeEntry({ module, op, id, params, target }: RecipeEntry): string {
  const words = [module, op]
  if (id !== 'main') words.push(id)
  if (target) words.push(`${text(target['path'])}:${text(target['symbol'])}`)
  for (const [key, value] of Object.entries(params ?? {})) words.push(`${key}=${text(value)}`)
  return words.join(' ')
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
