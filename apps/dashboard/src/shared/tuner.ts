import type { JsonObject } from '@hotcb/protocol'
import type { Mutation, TuneMode, TunerBelief, TunerHistory } from '@hotcb/tune'

/** The state of a run's tuner, for a page; null if it has none. */
export interface TunerDocument {
  /** The tuner's last report; null if no trainer of this run has sent one. */
  readonly now: JsonObject | null
  readonly mode: TuneMode | null
  /** The newest changes, newest first. */
  readonly mutations: readonly TunerMutation[]
  /** `all`: the number of changes; the others: how many of them were applied, judged and accepted. */
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
  /** Judgements on changes made by others, newest first. */
  readonly watched: TunerHistory['watchedJudgements']
}

/** A change by the tuner, with its explanation. */
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
  /** Why it was tried and how it was judged, one line each. The first line names the change. */
  readonly lines: readonly string[]
}
