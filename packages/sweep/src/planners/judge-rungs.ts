import type { Halving } from '../config/config.ts'
import type { DecidedVerdict, HalvingJudgement, HalvingStanding, HalvingVerdict } from './judgement.ts'
import { type Contender, hasArrived, ranksOf, rungSteps, scoreAt, valueOfScore } from './rungs.ts'

/**
 * Every trial at every rung where it has arrived and is still in the comparison.
 *
 * `asha`, in its stopping form: a trial is judged among those that have arrived. It continues while fewer than `eta` have, or where
 * it is among the best of every `eta`. What the journal holds stays.
 *
 * `sync`: of all trials that arrived or may, the best one of every `eta` continues to the next rung. A trial is promoted or pruned as
 * soon as no later arrival can change that, and has to wait until then.
 *
 * `asha_promote`: a trial waits at each rung until a free slot takes it. The next rung compares those that were taken.
 */
export function judgeRungs(
  contenders: readonly Contender[],
  halving: Halving,
  decided: DecidedVerdict,
): readonly HalvingJudgement[] {
  const judgements: HalvingJudgement[] = []
  let cohort = contenders
  // Trials that are not decided at the rung before: so many of them may still join.
  let joining = 0
  for (const [rung, step] of rungSteps(halving).entries()) {
    const arrived = cohort.filter((one) => hasArrived(one, step))
    if (arrived.length === 0 && halving.mode !== 'sync') break
    const open = joining + cohort.filter((one) => one.mayArrive && !hasArrived(one, step)).length
    const ranks = ranksOf(arrived.map((one) => ({ i: one.i, score: scoreAt(one, step, halving) })))
    const compared = halving.mode === 'sync' ? arrived.length + open : arrived.length
    const keep = kept(compared, halving)
    const here = arrived.map(({ i }) => {
      const { ahead = 0, score = Number.POSITIVE_INFINITY } = ranks.get(i) ?? {}
      const key = `sh/${halving.metric}/${step}/${i}`
      const before = verdictOf(decided(key))
      const standing = { rung, step, value: valueOfScore(score, halving), cohort: compared, keep, ahead, open }
      return { key, trial: i, verdict: before ?? judge(standing, halving), isDecided: before !== undefined, standing }
    })
    judgements.push(...here)
    if (halving.mode !== 'asha') {
      const promoted = new Set(here.filter(({ verdict }) => verdict === 'promote').map(({ trial }) => trial))
      const undecided = open + here.filter(({ verdict }) => verdict === 'pause').length
      joining = Math.max(0, Math.min(keep - promoted.size, undecided))
      cohort = cohort.filter(({ i }) => promoted.has(i))
    }
  }
  return judgements
}

function kept(compared: number, { mode, eta }: Halving): number {
  if (mode === 'sync') return Math.ceil(compared / eta)
  if (mode === 'asha_promote') return Math.floor(compared / eta)
  return compared < eta ? compared : Math.floor(compared / eta)
}

function judge({ ahead, keep, open }: HalvingStanding, { mode }: Halving): HalvingVerdict {
  if (mode === 'asha_promote') return 'pause'
  if (ahead >= keep) return 'prune'
  return mode === 'asha' || ahead + open < keep ? 'promote' : 'pause'
}

/** A verdict of the journal. */
export function verdictOf(text: string | undefined): HalvingVerdict | undefined {
  return text === 'promote' || text === 'prune' ? text : undefined
}
