import { compareValues, type StudyDirection, type Trial, violation } from './trial.ts'

/** The rank of a trial: by tier, then by `step` (the larger first), then by `value`. */
export interface Rank {
  readonly tier: number
  readonly step: number
  readonly value: number
}

/** Breaks a constraint. */
const INFEASIBLE = 2
/** Failed, or was pruned before it reported. Ranks from here on are all bad. */
export const FAILED = 3

/**
 * The rank of a trial that has ended: complete ones first, then pruned ones by how far they came, then those that break a
 * constraint by how much they do, then failed ones.
 */
export function rankOf(trial: Trial): Rank {
  const broken = trial.state === 'failed' ? 0 : violation(trial)
  if (broken > 0) return { tier: INFEASIBLE, step: 0, value: broken }
  if (trial.state === 'complete') return { tier: 0, step: 0, value: trial.value ?? Number.NaN }
  const last = trial.reports.at(-1)
  if (trial.state === 'pruned' && last !== undefined) return { tier: 1, step: last.step, value: last.value }
  return { tier: FAILED, step: 0, value: 0 }
}

/** Negative when `a` ranks before `b`. */
export function compareRanks(a: Rank, b: Rank, direction: StudyDirection): number {
  const towards = a.tier === INFEASIBLE ? 'minimize' : direction
  return a.tier - b.tier || b.step - a.step || compareValues(a.value, b.value, towards)
}
