import type { RecipeEntry } from '@hotcb/protocol'
import { fitRecipe, type RunControls } from './fit.ts'
import type { ReplayPlan } from './replay.ts'
import { type FindSource, missingSources } from './sources.ts'

/** What a replay would do, one row an entry. */
export interface PreviewRow {
  readonly step: number
  readonly event: string | null
  /** `opt set_params lr=0.001`. */
  readonly what: string
  readonly entry: RecipeEntry
  /** Where it comes from: `hotcb.recipe.jsonl:12`. */
  readonly origin: string
  /** Why it does not fit the run; null if it does. */
  readonly problem: string | null
}

/**
 * What a replay would do at which step.
 *
 * @param run What the run to come has to offer; null: only what makes no sense in any run is a problem.
 * @param findSource Absent: captured sources are not looked for.
 */
export function previewReplay(
  plan: ReplayPlan,
  run: RunControls | null = null,
  findSource?: FindSource,
): readonly PreviewRow[] {
  const missing = findSource === undefined ? [] : missingSources(plan.entries, findSource)
  const misfits = new Map([...missing, ...fitRecipe(plan.entries, run)].map(({ index, reason }) => [index, reason]))
  return plan.entries.map((entry, i) => ({
    step: entry.at.step,
    event: entry.at.event,
    what: describeEntry(entry),
    entry,
    origin: plan.origins[i] ?? `entry ${i + 1}`,
    problem: misfits.get(i) ?? null,
  }))
}

/** An entry's op in a few words, as one would type it: `opt set_params lr=0.001`. */
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
