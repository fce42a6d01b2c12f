import { compareValues, type StudyDirection, type Trial, violation } from './trial.ts'

/** A trial's rank: by tier, then by `step` (larger first), then by `value`. */
export interface Rank {
  readonly tier: number
  readonly step: number
  readonly value: number
}

/** The tier of trials that violate a constraint. */
const INFEASIBLE = 2
/** The tier of trials that failed, or were pruned before their first report. Trials from this tier on are always bad. */
export const FAILED = 3

/**
 * Returns the rank of a trial that has ended: complete trials first, then pruned trials by their last step, then trials that violate a
 * constraint by the size of the violation, then failed trials.
 */
export function rankOf(trial: Trial): Rank {
  const broken = trial.state === 'failed' ? 0 : violation(trial)
  if (broken > 0) return { tier: INFEASIBLE, step: 0, value: broken }
  if (trial.state === 'complete') return { tier: 0, step: 0, value: trial.value ?? Number.NaN }
  const last = trial.reports.at(-1)
  if (trial.state === 'pruned' && last !== undefined) return { tier: 1, step: last.step, value: last.value }
  return { tier: FAILED, step: 0, value: 0 }
}

/** Negative if `a` ranks before `b`. */
export function compareRanks(a: Rank, b: Rank, direction: StudyDirection): number {
  const towards = a.tier === INFEASIBLE ? 'minimize' : direction
  return a.tier - b.tier || b.step - a.step || compareValues(a.value, b.value, towards)
}
