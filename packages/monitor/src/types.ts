import type { SweepTrialState } from '@hotcb/sweep'

/** Why a tick runs. */
export const TRIGGERS = ['scheduled', 'failure', 'completion', 'user_message', 'boot'] as const
export type Trigger = (typeof TRIGGERS)[number]

/** The class of changes that a tool makes. The policy of the config decides by class. */
export const TOOL_CLASSES = ['read', 'note', 'control', 'cheap', 'costly'] as const
export type ToolClass = (typeof TOOL_CLASSES)[number]

/** What happens to a call: carried out, proposed to a person, or refused. */
export const PERMISSIONS = ['auto', 'ask', 'never'] as const
export type ToolPermission = (typeof PERMISSIONS)[number]

/** A trial as a tick sees it. Text from the trial itself is in fields that begin with `untrusted`. */
export interface TrialView {
  readonly i: number
  readonly name: string
  readonly state: SweepTrialState
  readonly attempt: number
  /** Class of the failure, or why it was stopped. */
  readonly reason: string | null
  readonly step: number | null
  readonly stepsPerMinute: number | null
  readonly params: Readonly<Record<string, unknown>>
  /** Seconds since its newest attempt began; null before that. */
  readonly elapsedSeconds: number | null
  /** Epoch seconds of its last sign of life: a metric or a line of output. Null if it has given none. */
  readonly signAt: number | null
  /** The SLURM resources of its next attempt; null on other executors. */
  readonly mem: string | null
  readonly time: string | null
  /** Whether the driver tries it again automatically. */
  readonly isRetried: boolean
  /** A metric of a trial that runs is not a number. */
  readonly nanMetric: string | null
  /** Exit code of the newest attempt, once it has ended. */
  readonly code: number | null
  readonly untrustedLastLog: string | null
  /** The end of its error output, where it has failed. */
  readonly untrustedErrorTail: string | null
}

/** A trial with its attempt, as the log and proposals name it. */
export interface TrialStamp {
  readonly i: number
  readonly state: string
  readonly attempt: number
}

/** Which trials changed since the last finished tick. */
export interface TickDelta {
  readonly failed: readonly number[]
  readonly completed: readonly number[]
  readonly pruned: readonly number[]
  readonly started: readonly number[]
}

/** A line of `inbox.jsonl`. */
export interface InboxMessage {
  readonly timestamp: string
  readonly source: string
  readonly author: string
  readonly text: string
  /** Whether the author may approve and command. */
  readonly isOperator: boolean
  /** The request of an external agent to the operators; absent for a message. */
  readonly proposal?: ActRequest
}

/** An act that an agent outside asks for, and the state of the trials that it saw. */
export interface ActRequest {
  readonly id: string
  readonly tool: string
  readonly args: Readonly<Record<string, unknown>>
  readonly reason: string
  readonly expect: readonly TrialStamp[]
}

/** Earlier messages, as the model sees them. */
export interface ChatLine {
  readonly timestamp: string
  readonly role: 'agent' | 'user'
  readonly author: string
  readonly via: string
  readonly text: string
}

/** The change that a tool call makes to a sweep, and the state in which it was decided. */
export interface Act {
  readonly tool: string
  readonly args: Readonly<Record<string, unknown>>
  /** The trials that it changes, as they were when it was decided. */
  readonly expect: readonly TrialStamp[]
  readonly class: ToolClass
  readonly reason: string
}

/** The state of the sweep that a monitor is at. */
export interface Outlook {
  readonly sweep: string
  readonly workspace: string
  readonly executor: string
  readonly objective: { readonly metric: string; readonly direction: 'min' | 'max' } | null
  readonly halving: object | null
  readonly trials: readonly TrialView[]
  /** Who drives; null for nobody. */
  readonly driver: string | null
  readonly needsDriver: boolean
  /** Schedulers that did not answer, each with a reason. */
  readonly silent: readonly string[]
  /** Whether `run` was ever used here. */
  readonly isStarted: boolean
  /** Epoch seconds. */
  readonly at: number
}
