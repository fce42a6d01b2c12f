/** Who made a change, as far as its colour goes. */
export type ChangeSource = 'person' | 'rule' | 'tuner' | 'model' | 'recipe' | 'trainer'

/** The result of a change, as far as its form goes. `none`: it expired, or there was nothing to do. */
export type Outcome = 'applied' | 'scheduled' | 'reverted' | 'refused' | 'none'

/** Each source in words, in the order of a legend. */
export const SOURCE_TITLES: Readonly<Record<ChangeSource, string>> = {
  person: 'Person',
  rule: 'Rule',
  tuner: 'Tuner',
  model: 'LLM',
  recipe: 'Recipe',
  trainer: 'Trainer',
}

/** Each outcome in words, in the order of a legend. */
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

/** The source of a change, of the `source` of its line. A word that nothing else uses is that of a person. */
export function sourceOf(source: string): ChangeSource {
  return SOURCES[source] ?? 'person'
}

/** The custom property of the style sheet with the colour of a source. */
export function sourceColor(source: ChangeSource): `--by-${ChangeSource}` {
  return `--by-${source}`
}

/** The outcome of a decision of the kernel. */
export function outcomeOf(decision: string, isReverted = false): Outcome {
  if (decision === 'applied') return isReverted ? 'reverted' : 'applied'
  return decision === 'skipped_noop' || decision === 'expired' ? 'none' : 'refused'
}

/** A decision in words: `ignored freeze`. */
export function decisionText(decision: string): string {
  return decision === 'skipped_noop' ? 'nothing to do' : decision.replaceAll('_', ' ')
}

/** The changes that a later one has reverted. */
export function revertedSeqs(marks: readonly { readonly reverts: number | null }[]): ReadonlySet<number> {
  return new Set(marks.flatMap(({ reverts }) => (reverts === null ? [] : [reverts])))
}

/** What all of some things have in common; undefined if they differ, or there are none. */
export function commonOf<Value>(values: readonly Value[]): Value | undefined {
  const all = new Set(values)
  return all.size === 1 ? values[0] : undefined
}
