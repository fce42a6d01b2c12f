import type {
  ProposalAnswer,
  SetAnswer,
  SweepContourAnswer,
  SweepCurves,
  SweepDecisions,
  SweepDetail,
  SweepImportance,
  SweepLineage,
  SweepMonitor,
  SweepRow,
  SweepWant,
  TrialChoice,
  TrialColumns,
  TrialDetail,
  TrialRequestAnswer,
} from '../../shared/sweeps/sweep-wire.ts'

/** A sweep that the search found. */
export interface SweepPlace {
  readonly id: string
  /** Path relative to its root. */
  readonly name: string
  readonly dir: string
}

/** The metric to analyse, and the stage. */
export interface MetricChoice {
  readonly metric: string | null
  /** One stage of the sweep. Null means the trials of all stages, or of the first stage if only one can be analysed. */
  readonly stage: string | null
}

/** The kinds of requests to the thread that reads sweeps, with the argument and the answer of each. */
export interface SweepQuestions {
  readonly row: { readonly asked: Record<never, never>; readonly answer: SweepRow }
  readonly detail: { readonly asked: Record<never, never>; readonly answer: Omit<SweepDetail, 'can_drive'> }
  readonly trials: {
    readonly asked: { readonly metric: string | null; readonly since: string | null }
    readonly answer: TrialColumns
  }
  readonly trial: { readonly asked: { readonly i: number }; readonly answer: TrialDetail }
  readonly curves: {
    readonly asked: { readonly metric: string | null; readonly trials: readonly number[]; readonly points: number }
    readonly answer: SweepCurves
  }
  readonly decisions: { readonly asked: { readonly after: number }; readonly answer: SweepDecisions }
  readonly lineage: { readonly asked: Record<never, never>; readonly answer: SweepLineage }
  readonly importance: {
    readonly asked: MetricChoice & { readonly trials: readonly number[] | null }
    readonly answer: SweepImportance
  }
  readonly contour: {
    readonly asked: MetricChoice & {
      readonly x: string
      readonly y: string
      readonly trials: readonly number[] | null
    }
    readonly answer: SweepContourAnswer
  }
  readonly request: {
    readonly asked: {
      readonly want: SweepWant
      readonly choice: TrialChoice
      readonly why: string | null
      readonly by: string
      /** The command line that starts a driver; null if this server starts none. */
      readonly driver: readonly string[] | null
    }
    readonly answer: TrialRequestAnswer
  }
  readonly set: {
    readonly asked: {
      readonly choice: TrialChoice
      readonly pairs: readonly string[]
      readonly note: string | null
      readonly author: string | null
    }
    readonly answer: SetAnswer
  }
  readonly monitor: { readonly asked: Record<never, never>; readonly answer: Omit<SweepMonitor, 'plan'> }
  readonly answer: {
    readonly asked: { readonly id: string; readonly verdict: 'approved' | 'rejected'; readonly by: string }
    readonly answer: ProposalAnswer
  }
}

export type SweepQuestion = keyof SweepQuestions

/** A request with its number. */
export type SweepRequest = {
  readonly [Kind in SweepQuestion]: {
    readonly id: number
    readonly place: SweepPlace
    readonly kind: Kind
    readonly asked: SweepQuestions[Kind]['asked']
  }
}[SweepQuestion]

/** Why a request has no answer. */
export type SweepFailure = 'refused' | 'unanswered' | 'not_found' | 'internal'

export type SweepReply =
  | { readonly id: number; readonly kind: 'answer'; readonly value: unknown }
  | { readonly id: number; readonly kind: 'failure'; readonly code: SweepFailure; readonly message: string }
