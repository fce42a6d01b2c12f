import type { Halving } from '../config/config.ts'
import type { HalvingJudgement } from './judgement.ts'
import { type Contender, hasArrived } from './rungs.ts'

/**
 * Gives free slots to waiting trials, from the highest rung down. At each rung of n trials, only the best n / `eta` may
 * continue, the best of them first. A trial that has just arrived still occupies a slot. That slot becomes free, and the same trial may get
 * it back.
 *
 * With few trials, fewer than `eta` trials reach the upper rungs. If no other trial can continue and none has reached the budget, the best
 * one at the highest rung continues, so that at least one trial of the sweep is trained to completion.
 *
 * @param free The number of trials that may be started now.
 */
export function withPromotions(
  judgements: readonly HalvingJudgement[],
  contenders: readonly Contender[],
  { budget }: Halving,
  free: number,
): readonly HalvingJudgement[] {
  const byIndex = new Map(contenders.map((one) => [one.i, one]))
  const waiting = judgements.filter(({ verdict, standing }) => verdict === 'pause' && standing.step < budget)
  const arriving = waiting.filter(({ trial }) => byIndex.get(trial)?.isAlive === true)
  const candidates = waiting
    .filter(({ trial, standing }) => standing.ahead < standing.keep && byIndex.get(trial)?.mayArrive === true)
    .sort(fromTheTop)
  const slots = Math.max(0, free + arriving.length)
  const next = candidates.length > 0 ? candidates : lastOne(waiting, contenders, budget)
  const taken = new Set(next.slice(0, slots).map(({ key }) => key))
  return judgements.map((one) => (taken.has(one.key) ? { ...one, verdict: 'promote' } : one))
}

/**
 * Returns the best trial waiting at the highest rung, if all others have ended or are waiting too; none once a trial has reached the
 * budget.
 */
function lastOne(
  waiting: readonly HalvingJudgement[],
  contenders: readonly Contender[],
  budget: number,
): readonly HalvingJudgement[] {
  if (contenders.some((one) => one.isAlive || hasArrived(one, budget))) return []
  const open = new Set(contenders.flatMap(({ i, mayArrive }) => (mayArrive ? [i] : [])))
  const own = waiting.filter(({ trial }) => open.has(trial))
  return own.length === open.size ? [...own].sort(fromTheTop).slice(0, 1) : []
}

function fromTheTop({ standing: a }: HalvingJudgement, { standing: b }: HalvingJudgement): number {
  return b.rung - a.rung || a.ahead - b.ahead
}
