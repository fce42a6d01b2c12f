/** The decision about a trial at a rung. `pause`: it cannot be decided before more trials have reached the rung. */
export type HalvingVerdict = 'promote' | 'prune' | 'pause'

/** The state of a trial at a rung. */
export interface HalvingStanding {
  /** From 0. */
  readonly rung: number
  readonly step: number
  /** Null if the trial has no value there, or one that is not a number. */
  readonly value: number | null
  /** The number of trials that are compared: those that reached the rung and, in mode `sync`, those that may still reach it. */
  readonly cohort: number
  readonly keep: number
  /** The number of trials that reached the rung and are better. */
  readonly ahead: number
  /** The number of trials that may still reach the rung. */
  readonly open: number
  /** In mode `hyperband`: from 0, whose trials are never stopped. */
  readonly bracket?: number
}

/** The verdict on one trial at one rung. */
export interface HalvingJudgement {
  /** Contains the step and not the rung, so that a decision remains valid when the config is edited. */
  readonly key: string
  readonly trial: number
  readonly verdict: HalvingVerdict
  readonly isDecided: boolean
  readonly standing: HalvingStanding
}

/** Returns the verdict that the journal contains for a key. */
export type DecidedVerdict = (key: string) => string | undefined
