/** The decision about a trial at a rung. `pause` means that no decision is possible until more trials have reached the rung. */
export type HalvingVerdict = 'promote' | 'prune' | 'pause'

/** The state of a trial at a rung. */
export interface HalvingStanding {
  /** Counted from 0. */
  readonly rung: number
  readonly step: number
  /** Null if the trial has no numeric value there. */
  readonly value: number | null
  /** The number of trials compared: those that reached the rung and, in mode `sync`, those that may still reach it. */
  readonly cohort: number
  readonly keep: number
  /** The number of better trials among those that reached the rung. */
  readonly ahead: number
  /** The number of trials that may still reach the rung. */
  readonly open: number
  /** In mode `hyperband`: the bracket, counted from 0. Trials in bracket 0 are never stopped. */
  readonly bracket?: number
}

/** The verdict on one trial at one rung. */
export interface HalvingJudgement {
  /** Contains the step instead of the rung, so that a decision remains valid when the config is edited. */
  readonly key: string
  readonly trial: number
  readonly verdict: HalvingVerdict
  readonly isDecided: boolean
  readonly standing: HalvingStanding
}

/** Returns the verdict that the journal contains for a key. */
export type DecidedVerdict = (key: string) => string | undefined
