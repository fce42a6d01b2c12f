import type { Halving } from '../config/config.ts'
import type { DecidedVerdict, HalvingJudgement, HalvingStanding, HalvingVerdict } from './judgement.ts'
import { type Contender, hasArrived, ranksOf, rungSteps, scoreAt, valueOfScore } from './rungs.ts'

/**
 * Judges every trial at every rung that it has reached and at which it is still compared.
 *
 * `asha`, in its stopping form: a trial is compared with the trials that have already reached the rung. It continues if fewer than `eta`
 * trials have reached it, or if it is among the best 1/`eta` of them. Verdicts in the journal do not change.
 *
 * `sync`: of all trials that reached the rung or may still reach it, the best 1/`eta` continue to the next rung. A trial is promoted
 * or pruned as soon as no later trial can change that, and has to wait until then.
 *
 * `asha_promote`: a trial waits at each rung until a slot becomes free for it. The next rung compares the trials that continued.
 */
export function judgeRungs(
  contenders: readonly Contender[],
  halving: Halving,
  decided: DecidedVerdict,
): readonly HalvingJudgement[] {
  const judgements: HalvingJudgement[] = []
  let cohort = contenders
  // The number of trials that are still undecided at the previous rung and may be promoted to this one.
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

/** Returns a verdict that is in the journal. */
export function verdictOf(text: string | undefined): HalvingVerdict | undefined {
  return text === 'promote' || text === 'prune' ? text : undefined
}
