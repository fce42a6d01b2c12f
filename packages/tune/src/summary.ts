import { median } from '@hotcb/metrics/judge'
import type { TuneSummary } from '@hotcb/protocol'
import type { Mutation, TuneMode, TunerHistory } from './story.ts'

/** How often one knob's moves were accepted, and their effect. */
export interface Family {
  readonly name: string
  readonly judged: number
  readonly accepted: number
  readonly meanScore: number | null
  /** The median value of the accepted moves. */
  readonly center: number | null
}

/** Returns a story's judged mutations, by knob. */
export function familiesOf(story: TunerHistory): readonly Family[] {
  const judged = judgedOf(story)
  const names = new Set(judged.map(({ knob }) => knob))
  return [...names].map((name) => {
    const all = judged.filter(({ knob }) => knob === name)
    const kept = all.filter(isKept)
    const scores = all.flatMap(({ judgement }) => (judgement?.score == null ? [] : [judgement.score]))
    return {
      name,
      judged: all.length,
      accepted: kept.length,
      meanScore: scores.length === 0 ? null : scores.reduce((sum, score) => sum + score, 0) / scores.length,
      center: kept.length === 0 ? null : median(kept.map(({ value }) => value)),
    }
  })
}

/** Returns the content of `hotcb.tune.summary.json`. */
export function summaryOf(story: TunerHistory, mode: TuneMode, totalSteps: number | null): TuneSummary {
  const { mutations } = story
  const decisions: Record<string, number> = {}
  for (const { judgement } of mutations) {
    if (judgement === null) continue
    const word = judgement.putBack === null ? judgement.decision : 'rolled_back'
    decisions[word] = (decisions[word] ?? 0) + 1
  }
  const families = familiesOf(story)
  const judged = judgedOf(story)
  return {
    total_mutations: mutations.length,
    applied_mutations: mutations.filter(({ appliedSeq }) => appliedSeq !== null).length,
    segments_by_decision: decisions,
    win_rates: Object.fromEntries(families.map(({ name, judged, accepted }) => [name, accepted / judged])),
    mean_scores: Object.fromEntries(families.map(({ name, meanScore }) => [name, meanScore])),
    accept_rate: judged.length === 0 ? null : judged.filter(isKept).length / judged.length,
    mode,
    total_steps: totalSteps,
  }
}

function judgedOf({ mutations }: TunerHistory): readonly Mutation[] {
  return mutations.filter(({ judgement }) => judgement !== null)
}

function isKept({ judgement, isRegretted }: Mutation): boolean {
  return judgement?.decision === 'accepted' && !isRegretted
}
