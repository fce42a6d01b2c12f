import type { SweepTrialState } from '@hotcb/sweep'

/** The reason why a tick runs. */
export const TRIGGERS = ['scheduled', 'failure', 'completion', 'user_message', 'boot'] as const
export type Trigger = (typeof TRIGGERS)[number]

/** The classes of changes that tools make. The config sets a policy for each class. */
export const TOOL_CLASSES = ['read', 'note', 'control', 'cheap', 'costly'] as const
export type ToolClass = (typeof TOOL_CLASSES)[number]

/** What happens to a call: carried out, proposed to a person, or refused. */
export const PERMISSIONS = ['auto', 'ask', 'never'] as const
export type ToolPermission = (typeof PERMISSIONS)[number]

/** A trial in the input of a tick. Text from the trial itself is in fields that begin with `untrusted`. */
export interface TrialView {
  readonly i: number
  readonly name: string
  readonly state: SweepTrialState
  readonly attempt: number
  /** The failure class, or why it was stopped. */
  readonly reason: string | null
  readonly step: number | null
  readonly stepsPerMinute: number | null
  readonly params: Readonly<Record<string, unknown>>
  /** Seconds since its latest attempt began; null before that. */
  readonly elapsedSeconds: number | null
  /** Epoch seconds of its last sign of life: a metric or a line of output. Null if it has shown none. */
  readonly signAt: number | null
  /** The SLURM resources of its next attempt; null on other executors. */
  readonly mem: string | null
  readonly time: string | null
  /** Whether the driver will retry it automatically. */
  readonly isRetried: boolean
  /** The metric whose value is not a number, if the trial is running; null if there is none. */
  readonly nanMetric: string | null
  /** The exit code of the latest attempt, once it has ended. */
  readonly code: number | null
  readonly untrustedLastLog: string | null
  /** The end of its error output, if it has failed. */
  readonly untrustedErrorTail: string | null
}

/** A trial with its attempt and state, as the log and proposals record it. */
export interface TrialStamp {
  readonly i: number
  readonly state: string
  readonly attempt: number
}

/** The trials that have changed since the last finished tick. */
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
  /** Whether the author may approve and send commands. */
  readonly isOperator: boolean
  /** An external agent's request to the operators; absent for a message. */
  readonly proposal?: ActRequest
}

/** An act that an external agent requests, with the trial states that the agent saw. */
export interface ActRequest {
  readonly id: string
  readonly tool: string
  readonly args: Readonly<Record<string, unknown>>
  readonly reason: string
  readonly expect: readonly TrialStamp[]
}

/** An earlier message in the form that the model receives. */
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
  /** The trials that it changes, with their state when the decision was made. */
  readonly expect: readonly TrialStamp[]
  readonly class: ToolClass
  readonly reason: string
}

/** The state of the sweep that a monitor operates. */
export interface Outlook {
  readonly sweep: string
  readonly workspace: string
  readonly executor: string
  readonly objective: { readonly metric: string; readonly direction: 'min' | 'max' } | null
  readonly halving: object | null
  readonly trials: readonly TrialView[]
  /** The running driver; null if there is none. */
  readonly driver: string | null
  readonly needsDriver: boolean
  /** The schedulers that did not answer, each with a reason. */
  readonly silent: readonly string[]
  /** Whether `run` has ever been used in this workspace. */
  readonly isStarted: boolean
  /** Epoch seconds. */
  readonly at: number
}
