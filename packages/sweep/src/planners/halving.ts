import type { Halving } from '../config/config.ts'
import { type Contender, hasArrived, ranksOf, rungSteps, scoreAt } from './rungs.ts'

/** What is said about a trial at a rung. `pause`: it cannot be decided before more trials have arrived. */
export type HalvingVerdict = 'promote' | 'prune' | 'pause'

/** The state of a trial at a rung. */
export interface HalvingStanding {
  /** From 0. */
  readonly rung: number
  readonly step: number
  /** Null if it has none, or one that is no number. */
  readonly value: number | null
  /** Trials that are compared: those that arrived and, in mode `sync`, those that may. */
  readonly cohort: number
  readonly keep: number
  /** Trials that arrived and are better. */
  readonly ahead: number
  /** Trials that may still arrive. */
  readonly open: number
}

/** What is said about one trial at one rung. */
export interface HalvingJudgement {
  /** Names steps and not rungs, so that an edited config does not ask again what was decided. */
  readonly key: string
  readonly trial: number
  readonly verdict: HalvingVerdict
  readonly isDecided: boolean
  readonly standing: HalvingStanding
}

/** The verdict that the journal holds under a key. */
export type DecidedVerdict = (key: string) => string | undefined

/**
 * Every trial at every rung where it has arrived and is still in the comparison.
 *
 * `asha`, in its stopping form: a trial is judged among those that have arrived. It continues while fewer than `eta` have, or where
 * it is among the best of every `eta`. What the journal holds stays.
 *
 * `sync`: of all trials that arrived or may, the best one of every `eta` continues to the next rung. A trial is promoted or pruned as
 * soon as no later arrival can change that, and has to wait until then.
 */
export function judgeHalving(
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
    if (arrived.length === 0 && halving.mode === 'asha') break
    const open = joining + cohort.filter((one) => one.mayArrive && !hasArrived(one, step)).length
    const ranks = ranksOf(arrived.map((one) => ({ i: one.i, score: scoreAt(one, step, halving) })))
    const compared = halving.mode === 'asha' ? arrived.length : arrived.length + open
    const keep = kept(compared, halving)
    const here = arrived.map(({ i }) => {
      const { ahead = 0, score = Number.POSITIVE_INFINITY } = ranks.get(i) ?? {}
      const key = `sh/${halving.metric}/${step}/${i}`
      const before = verdictOf(decided(key))
      const value = Number.isFinite(score) ? (halving.direction === 'max' ? 0 - score : score) : null
      const standing = { rung, step, value, cohort: compared, keep, ahead, open }
      return { key, trial: i, verdict: before ?? judge(standing, halving), isDecided: before !== undefined, standing }
    })
    judgements.push(...here)
    if (halving.mode === 'sync') {
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
  return compared < eta ? compared : Math.floor(compared / eta)
}

function judge({ ahead, keep, open }: HalvingStanding, { mode }: Halving): HalvingVerdict {
  if (ahead >= keep) return 'prune'
  return mode === 'asha' || ahead + open < keep ? 'promote' : 'pause'
}

function verdictOf(text: string | undefined): HalvingVerdict | undefined {
  return text === 'promote' || text === 'prune' ? text : undefined
}

/** What a tick does about a trial. */
export interface HalvingAction {
  /** The planner, and the name under which people know it. */
  readonly planner: Halving['mode']
  readonly key: string
  readonly trial: number
  readonly verdict: HalvingVerdict
  readonly standing: HalvingStanding
}

/**
 * What is new: decisions, each made once, and in mode `sync` the running trials that have to wait. The whole budget is an end and
 * not a rung: a trial that arrives there is done.
 */
export function planHalving(
  contenders: readonly Contender[],
  halving: Halving,
  decided: DecidedVerdict,
): readonly HalvingAction[] {
  const byIndex = new Map(contenders.map((one) => [one.i, one]))
  const pruned = new Set<number>()
  return judgeHalving(contenders, halving, decided).flatMap(({ key, trial, verdict, isDecided, standing }) => {
    const { isAlive = false, mayArrive = false } = byIndex.get(trial) ?? {}
    if (isDecided || standing.step >= halving.budget || pruned.has(trial)) return []
    // A paused trial gets a decision; a finished one needs none.
    if (verdict === 'pause' ? !isAlive : !mayArrive) return []
    if (verdict === 'prune') pruned.add(trial)
    return [{ planner: halving.mode, key, trial, verdict, standing }]
  })
}

/** The state of a trial as a whole, for `herd sh`. */
export interface TrialStanding {
  readonly i: number
  readonly verdict: HalvingVerdict | 'run_free' | 'not_at_rung'
  readonly standing: HalvingStanding | null
}

/** Every trial at the rung that counts: where it was given up, otherwise the highest one where it is compared. */
export function standingsOf(
  contenders: readonly Contender[],
  halving: Halving,
  decided: DecidedVerdict,
): readonly TrialStanding[] {
  const last = rungSteps(halving).length - 1
  const byTrial = new Map<number, HalvingJudgement>()
  for (const one of judgeHalving(contenders, halving, decided)) {
    if (byTrial.get(one.trial)?.verdict !== 'prune') byTrial.set(one.trial, one)
  }
  return contenders.map(({ i }) => {
    const found = byTrial.get(i)
    if (found === undefined) return { i, verdict: 'not_at_rung', standing: null }
    const { standing, verdict } = found
    return { i, verdict: standing.rung === last && verdict === 'promote' ? 'run_free' : verdict, standing }
  })
}
