import type { Halving } from '../config/config.ts'
import { type Contender, hasArrived, rankOf, rungSteps, scoreAt } from './rungs.ts'

/** A decision about a trial at a rung, with what it rests on. */
export interface HalvingDecision {
  readonly planner: 'asha'
  /** Names steps and not rungs, so that an edited config does not ask again what was decided. */
  readonly key: string
  readonly trial: number
  readonly verdict: 'promote' | 'prune'
  readonly evidence: {
    readonly step: number
    readonly value: number | null
    /** Trials that had arrived when it was judged. */
    readonly cohort: number
    readonly keep: number
    readonly ahead: number
  }
}

/**
 * ASHA in its stopping form: a trial is judged once at each rung, when it is first seen there, among those that have arrived.
 * It goes on while fewer than `eta` have arrived, or where it is among the best of every `eta`.
 *
 * @param isDecided Whether the journal holds a decision of that key.
 */
export function planAsha(
  contenders: readonly Contender[],
  halving: Halving,
  isDecided: (key: string) => boolean,
): readonly HalvingDecision[] {
  const decisions: HalvingDecision[] = []
  const pruned = new Set<number>()
  // The whole budget is an end and not a rung: who arrives there is done.
  for (const step of rungSteps(halving).filter((one) => one < halving.budget)) {
    const arrived = contenders.filter((one) => hasArrived(one, step))
    const ranked = arrived.map((one) => ({ i: one.i, score: scoreAt(one, step, halving) }))
    for (const { i, isAlive } of arrived) {
      const key = `sh/${halving.metric}/${step}/${i}`
      if (!isAlive || pruned.has(i) || isDecided(key)) continue
      const { verdict, evidence } = judge(i, step, ranked, halving)
      if (verdict === 'prune') pruned.add(i)
      decisions.push({ planner: 'asha', key, trial: i, verdict, evidence })
    }
  }
  return decisions
}

type Ranked = readonly { readonly i: number; readonly score: number }[]

function judge(
  i: number,
  step: number,
  ranked: Ranked,
  { eta, direction }: Halving,
): Pick<HalvingDecision, 'verdict' | 'evidence'> {
  const cohort = ranked.length
  const keep = cohort < eta ? cohort : Math.floor(cohort / eta)
  const ahead = rankOf(i, ranked)
  const score = ranked.find((one) => one.i === i)?.score ?? Number.POSITIVE_INFINITY
  const value = Number.isFinite(score) ? (direction === 'max' ? -score : score) : null
  return { verdict: ahead < keep ? 'promote' : 'prune', evidence: { step, value, cohort, keep, ahead } }
}
