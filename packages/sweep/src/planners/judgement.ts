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
  /** In mode `hyperband`: from 0, whose trials are never stopped. */
  readonly bracket?: number
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
