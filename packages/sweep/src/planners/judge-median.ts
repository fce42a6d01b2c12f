import { medianPruner, type Trial } from 'hyperopt-ts'
import type { Halving } from '../config/config.ts'
import { verdictOf } from './judge-rungs.ts'
import type { DecidedVerdict, HalvingJudgement } from './judgement.ts'
import { type Contender, firstAfter, hasArrived, ranksOf, valueOfScore } from './rungs.ts'

/** Returns the steps at which trials are compared: `min_steps`, then every `interval` steps, below `budget`. */
export function medianSteps({ minSteps, interval, budget }: Halving): readonly number[] {
  const steps: number[] = []
  for (let step = minSteps; step < budget; step += interval) steps.push(step)
  return steps
}

/**
 * Applies the median rule: a trial is pruned if its best value so far is worse than the median of the other trials' mean values up to that
 * step. It is judged once at each step, when it is first seen there. Until `startup` other trials have reached the step, all trials
 * continue.
 */
export function judgeMedian(
  contenders: readonly Contender[],
  halving: Halving,
  decided: DecidedVerdict,
): readonly HalvingJudgement[] {
  return medianSteps(halving).flatMap((step, rung) => judgeAt(contenders, halving, decided, { step, rung }))
}

function judgeAt(
  contenders: readonly Contender[],
  halving: Halving,
  decided: DecidedVerdict,
  { step, rung }: { readonly step: number; readonly rung: number },
): readonly HalvingJudgement[] {
  const pruner = medianPruner({ startup: halving.startup })
  const direction = halving.direction === 'max' ? 'maximize' : 'minimize'
  const arrived = contenders.filter((one) => hasArrived(one, step)).map((one) => ({ one, trial: trialAt(one, step) }))
  const trials = arrived.map(({ trial }) => trial)
  const ranks = ranksOf(arrived.map(({ one }) => ({ i: one.i, score: bestAt(one, step, halving) })))
  const [cohort, keep] = [arrived.length, Math.ceil(arrived.length / 2)]
  return arrived.map(({ one: { i }, trial }): HalvingJudgement => {
    const { ahead = 0, score = Number.POSITIVE_INFINITY } = ranks.get(i) ?? {}
    const key = `sh/${halving.metric}/${step}/${i}`
    const before = verdictOf(decided(key))
    const verdict = before ?? (pruner.shouldPrune(trial, trials, direction) ? 'prune' : 'promote')
    const standing = { rung, step, value: valueOfScore(score, halving), cohort, keep, ahead, open: 0 }
    return { key, trial: i, verdict, isDecided: before !== undefined, standing }
  })
}

/**
 * Returns a trial as the pruner sees it at a step: its values up to the step or, if there are none, its first value after the step. The
 * last of them is treated as if it were at the step. Values that are not numbers count as NaN.
 */
function trialAt({ i, series }: Contender, step: number): Trial {
  const values = upTo(series, step)
  const reports = values.map((one, at) => ({
    step: at === values.length - 1 ? step : one.step,
    value: one.value ?? Number.NaN,
  }))
  return { number: i, params: {}, state: 'running', value: undefined, reason: undefined, reports }
}

function upTo(series: Contender['series'], step: number): Contender['series'] {
  const end = firstAfter(series, step)
  return series.slice(0, Math.max(1, end))
}

function bestAt({ series }: Contender, step: number, { direction }: Halving): number {
  const costs = upTo(series, step).flatMap(({ value }) =>
    value === null || !Number.isFinite(value) ? [] : [direction === 'max' ? -value : value],
  )
  return costs.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...costs)
}
