/** A proposal of the autopilot that nobody has answered. */
export interface OpenProposal {
  /** `a3-7`. */
  readonly id: string
  readonly rule: string | null
  /** Why, in words. */
  readonly reason: string
  /** The id of the command that approving it would append. */
  readonly cid: string | null
}

/** A message that the autopilot requests. */
export interface AutopilotAlert {
  readonly id: string
  readonly rule: string | null
  readonly reason: string
  readonly isBudget: boolean
}

/** The facts about a run at one check. Seconds are epoch seconds, or seconds of waiting. */
export interface NotifyFacts {
  readonly now: number
  readonly step: number | null
  readonly stepSeconds: number | null
  readonly life: 'alive' | 'dead' | 'unknown'
  /** Why the trainer counts as dead, as the end of a sentence; null if its silence is the only evidence. */
  readonly deadBecause: string | null
  /** Whether the trainer's process is known to be gone without having closed the run. */
  readonly isProcessGone: boolean
  /** The trainer has closed the run. */
  readonly closed: boolean
  readonly stoppedEarly: boolean
  /** How the trainer's process ended, where a launcher says it. */
  readonly exitCode: number | null
  readonly paused: boolean
  readonly freeze: string
  readonly attempt: number | null
  /** For how long no sign of life was seen; 0 while there is one. */
  readonly deadFor: number
  /** For how long the step has not changed. */
  readonly stillFor: number
  /** For how long no metrics have come; null before the first. */
  readonly quietFor: number | null
  /** Seconds a step over the last half minute, and over the last five minutes. */
  readonly pace: { readonly recent: number; readonly usual: number } | null
  readonly proposals: readonly OpenProposal[]
  /** New since the last look. */
  readonly alerts: readonly AutopilotAlert[]
}
