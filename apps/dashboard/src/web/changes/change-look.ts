/** The kinds of sources that have their own colour. */
export type ChangeSource = 'person' | 'rule' | 'tuner' | 'model' | 'recipe' | 'trainer'

/** The kinds of outcomes that have their own shape. `none`: the change expired, or there was nothing to do. */
export type Outcome = 'applied' | 'scheduled' | 'reverted' | 'refused' | 'none'

/** The title of each source, in the order of a legend. */
export const SOURCE_TITLES: Readonly<Record<ChangeSource, string>> = {
  person: 'Person',
  rule: 'Rule',
  tuner: 'Tuner',
  model: 'LLM',
  recipe: 'Recipe',
  trainer: 'Trainer',
}

/** The title of each outcome, in the order of a legend. */
export const OUTCOME_TITLES: Readonly<Record<Outcome, string>> = {
  applied: 'Applied',
  scheduled: 'Scheduled',
  reverted: 'Reverted',
  refused: 'Refused or failed',
  none: 'No effect',
}

const SOURCES: Readonly<Record<string, ChangeSource>> = {
  autopilot: 'rule',
  tune: 'tuner',
  sweep: 'tuner',
  ai: 'model',
  mcp: 'model',
  recipe: 'recipe',
  replay: 'recipe',
  yaml: 'recipe',
  trainer: 'trainer',
  kernel: 'trainer',
}

/** Returns the kind of source for the `source` of a line. An unknown word counts as a person. */
export function sourceOf(source: string): ChangeSource {
  return SOURCES[source] ?? 'person'
}

/** The CSS custom property with the colour of a source. */
export function sourceColor(source: ChangeSource): `--by-${ChangeSource}` {
  return `--by-${source}`
}

/** Returns the outcome for a kernel decision. */
export function outcomeOf(decision: string, isReverted = false): Outcome {
  if (decision === 'applied') return isReverted ? 'reverted' : 'applied'
  return decision === 'skipped_noop' || decision === 'expired' ? 'none' : 'refused'
}

/** Returns the text for a decision, such as `ignored freeze`. */
export function decisionText(decision: string): string {
  return decision === 'skipped_noop' ? 'nothing to do' : decision.replaceAll('_', ' ')
}

/** Returns the `seq` of each change that a later one has reverted. */
export function revertedSeqs(marks: readonly { readonly reverts: number | null }[]): ReadonlySet<number> {
  return new Set(marks.flatMap(({ reverts }) => (reverts === null ? [] : [reverts])))
}

/** Returns the value that all items share; undefined if they differ, or there are no items. */
export function commonOf<Value>(values: readonly Value[]): Value | undefined {
  const all = new Set(values)
  return all.size === 1 ? values[0] : undefined
}
