import type { JsonObject } from '@hotcb/protocol'
import type { Mutation, TuneMode, TunerBelief, TunerHistory } from '@hotcb/tune'

/** The state of the tuner of a run, for a page; null if it has none. */
export interface TunerDocument {
  /** The last report of the tuner; null if no trainer of this run has reported one. */
  readonly now: JsonObject | null
  readonly mode: TuneMode | null
  /** The newest changes, newest first. */
  readonly mutations: readonly TunerMutation[]
  /** All changes, and those that were judged, accepted and set. */
  readonly counts: {
    readonly all: number
    readonly set: number
    readonly judged: number
    readonly accepted: number
  }
  readonly beliefs: readonly TunerBelief[]
  readonly safety: Pick<
    TunerHistory,
    'isFrozen' | 'streak' | 'restingIn' | 'backs' | 'ladders' | 'hasStart' | 'hasPre' | 'hasGood' | 'canLoad'
  >
  /** Verdicts on what others changed, newest first. */
  readonly watched: TunerHistory['watchedJudgements']
}

/** A change of the tuner, in its own words. */
export interface TunerMutation
  extends Pick<
    Mutation,
    | 'id'
    | 'step'
    | 'metric'
    | 'phase'
    | 'key'
    | 'from'
    | 'to'
    | 'state'
    | 'appliedStep'
    | 'appliedSeq'
    | 'judgement'
    | 'twin'
  > {
  /** Why it was tried and how it was judged, a line each; the first names the change. */
  readonly lines: readonly string[]
}
