import type { Halving } from '../config/config.ts'
import type { HalvingJudgement } from './judgement.ts'
import type { Contender } from './rungs.ts'

/**
 * Which of the trials that wait are taken by free slots: from the highest rung down, the best ones that are among the best of every
 * `eta` that arrived there. A trial that has just arrived holds a slot: it becomes free, and may be its own.
 *
 * @param free Trials that may be started now.
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
    .sort((a, b) => b.standing.rung - a.standing.rung || a.standing.ahead - b.standing.ahead)
  const taken = new Set(candidates.slice(0, Math.max(0, free + arriving.length)).map(({ key }) => key))
  return judgements.map((one) => (taken.has(one.key) ? { ...one, verdict: 'promote' } : one))
}
