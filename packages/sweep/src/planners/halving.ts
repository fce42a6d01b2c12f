import type { Halving } from '../config/config.ts'
import { bracketOf, bracketsOf } from './brackets.ts'
import { judgeMedian, medianSteps } from './judge-median.ts'
import { judgeRungs } from './judge-rungs.ts'
import type { DecidedVerdict, HalvingJudgement, HalvingStanding, HalvingVerdict } from './judgement.ts'
import { withPromotions } from './promotions.ts'
import { type Contender, rungSteps } from './rungs.ts'

/**
 * Judges every trial at every step that it has reached and at which it is still compared, according to the mode's rules.
 *
 * @param free The number of trials that may be started now, for mode `asha_promote`.
 */
export function judgeHalving(
  contenders: readonly Contender[],
  halving: Halving,
  decided: DecidedVerdict,
  free: number = Number.POSITIVE_INFINITY,
): readonly HalvingJudgement[] {
  switch (halving.mode) {
    case 'sync':
    case 'asha':
      return judgeRungs(contenders, halving, decided)
    case 'asha_promote':
      return withPromotions(judgeRungs(contenders, halving, decided), contenders, halving, free)
    case 'hyperband':
      return bracketsOf(halving).flatMap((rules, bracket) => {
        const own = contenders.filter(({ i }) => bracketOf(i, halving) === bracket)
        return judgeRungs(own, rules, decided).map((one) => ({ ...one, standing: { ...one.standing, bracket } }))
      })
    case 'median':
      return judgeMedian(contenders, halving, decided)
  }
}

/** Returns the steps at which trials are compared, in all brackets. */
export function comparedSteps(halving: Halving): readonly number[] {
  if (halving.mode === 'median') return medianSteps(halving)
  if (halving.mode !== 'hyperband') return rungSteps(halving)
  return [...new Set(bracketsOf(halving).flatMap(rungSteps))].sort((a, b) => a - b)
}

/** Returns the last step at which a trial is compared. */
function lastStep(halving: Halving, { bracket }: HalvingStanding): number {
  const rules = bracket === undefined ? halving : (bracketsOf(halving)[bracket] ?? halving)
  return (halving.mode === 'median' ? medianSteps(halving) : rungSteps(rules)).at(-1) ?? halving.budget
}

/** One tick's decision about a trial. */
export interface HalvingAction {
  /** The planner's name in the config and the log. */
  readonly planner: Halving['mode']
  readonly key: string
  readonly trial: number
  readonly verdict: HalvingVerdict
  readonly standing: HalvingStanding
}

/**
 * Returns the new actions: decisions, each of which is made once, and running trials that have to wait. The full budget is not a rung: a
 * trial that reaches it is done.
 *
 * @param free The number of trials that may be started now, for mode `asha_promote`.
 */
export function planHalving(
  contenders: readonly Contender[],
  halving: Halving,
  decided: DecidedVerdict,
  free: number = Number.POSITIVE_INFINITY,
): readonly HalvingAction[] {
  const byIndex = new Map(contenders.map((one) => [one.i, one]))
  const pruned = new Set<number>()
  return judgeHalving(contenders, halving, decided, free).flatMap(({ key, trial, verdict, isDecided, standing }) => {
    const { isAlive = false, mayArrive = false } = byIndex.get(trial) ?? {}
    if (isDecided || standing.step >= halving.budget || pruned.has(trial)) return []
    // A paused trial gets a decision; a finished one needs none.
    if (verdict === 'pause' ? !isAlive : !mayArrive) return []
    if (verdict === 'prune') pruned.add(trial)
    return [{ planner: halving.mode, key, trial, verdict, standing }]
  })
}

/** A trial's overall state, for `herd sh`. */
export interface TrialStanding {
  readonly i: number
  readonly verdict: HalvingVerdict | 'run_free' | 'not_at_rung'
  readonly standing: HalvingStanding | null
}

/** Returns each trial at the deciding rung: the one at which it was pruned, otherwise the highest one at which it is compared. */
export function standingsOf(
  contenders: readonly Contender[],
  halving: Halving,
  decided: DecidedVerdict,
  free: number = Number.POSITIVE_INFINITY,
): readonly TrialStanding[] {
  const byTrial = new Map<number, HalvingJudgement>()
  for (const one of judgeHalving(contenders, halving, decided, free)) {
    if (byTrial.get(one.trial)?.verdict !== 'prune') byTrial.set(one.trial, one)
  }
  return contenders.map(({ i }) => {
    const found = byTrial.get(i)
    if (found === undefined) return { i, verdict: 'not_at_rung', standing: null }
    const { standing, verdict } = found
    const isLast = standing.step >= lastStep(halving, standing)
    return { i, verdict: isLast && verdict === 'promote' ? 'run_free' : verdict, standing }
  })
}
