/** An autopilot proposal that nobody has answered yet. */
export interface OpenProposal {
  /** `a3-7`. */
  readonly id: string
  readonly rule: string | null
  /** The reason, as text. */
  readonly reason: string
  /** The ID of the command that an approval appends. */
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
  /** Whether the trainer's process is known to have exited without closing the run. */
  readonly isProcessGone: boolean
  /** Whether the trainer has closed the run. */
  readonly closed: boolean
  readonly stoppedEarly: boolean
  /** The exit code of the trainer's process, if a launcher recorded it. */
  readonly exitCode: number | null
  readonly paused: boolean
  readonly freeze: string
  readonly attempt: number | null
  /** Seconds without a sign of life; 0 while there is one. */
  readonly deadFor: number
  /** Seconds since the step last changed. */
  readonly stillFor: number
  /** Seconds without new metrics; null before the first ones. */
  readonly quietFor: number | null
  /** Seconds per step over the last half minute, and over the last five minutes. */
  readonly pace: { readonly recent: number; readonly usual: number } | null
  readonly proposals: readonly OpenProposal[]
  /** The alerts since the last check. */
  readonly alerts: readonly AutopilotAlert[]
}
