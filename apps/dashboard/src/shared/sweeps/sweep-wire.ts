/** The states of a trial. {@link TrialColumns} contains their positions in this list. */
export const STATES = [
  'ready',
  'waiting',
  'submitting',
  'submitted',
  'queued',
  'running',
  'stopping',
  'pruning',
  'pausing',
  'paused',
  'cancelled',
  'pruned',
  'completed',
  'failed',
] as const
export type TrialState = (typeof STATES)[number]

/** One row of the list of sweeps. */
export interface SweepRow {
  readonly id: string
  /** The name in its config, or its directory name if there is no config yet. */
  readonly name: string
  /** Its directory relative to the root. */
  readonly place: string
  /** How many trials are in each state. States without trials are left out. */
  readonly totals: Readonly<Partial<Record<TrialState, number>>>
  readonly trials: number
  readonly executor: string | null
  /** Whether a driver is running. */
  readonly driven: boolean
  /** When a trial last started or ended, in epoch seconds; null before the first trial. */
  readonly changed: number | null
  /** Why the sweep cannot be read, or a note that it has not started. */
  readonly problem: string | null
}

/** The list of sweeps. */
export interface SweepList {
  readonly sweeps: readonly SweepRow[]
}

/** A parameter of a sweep, for the axis of a plot. */
export interface SweepParameter {
  readonly name: string
  readonly log: boolean
  /** All possible values, if their number is finite. */
  readonly values: readonly Cell[] | null
}

export type Cell = string | number | boolean | null

/** Everything about a sweep, except for its trials. */
export interface SweepDetail {
  readonly id: string
  readonly name: string
  readonly place: string
  readonly executor: string
  /** The metric that the page shows first, and the direction that is better. */
  readonly objective: {
    readonly metric: string | null
    readonly direction: 'min' | 'max'
    readonly value: 'last' | 'best'
  }
  readonly metrics: readonly string[]
  readonly parameters: readonly SweepParameter[]
  readonly stages: readonly string[]
  /** The steps at which trials are compared; empty without early stopping. */
  readonly rungs: readonly number[]
  /** One in `eta` trials of a rung continues. Null without early stopping. */
  readonly eta: number | null
  readonly population: boolean
  readonly driver: { readonly host: string; readonly pid: number } | null
  /** Whether trials are waiting or running while no driver is running. */
  readonly needs_driver: boolean
  /** Whether this server can start a driver. */
  readonly can_drive: boolean
  readonly progress: { readonly over: number; readonly called: number; readonly left_seconds: number | null }
  /** Sources that do not respond. */
  readonly stale: readonly string[]
}

/** Trials as columns: all of them, or those that changed since a version. */
export interface TrialColumns {
  /** The version to send with the next request. */
  readonly version: string
  /** Whether these are all trials, which replace those that the page has. */
  readonly whole: boolean
  /** How many trials have a value that has not been read yet. */
  readonly unread: number
  readonly index: readonly number[]
  /** Positions in {@link STATES}. */
  readonly state: readonly number[]
  /** The class of a failure, or the reason given in a request to end the trial. */
  readonly why: readonly (string | null)[]
  readonly attempt: readonly number[]
  readonly step: readonly (number | null)[]
  /** Values of the requested metric, with six significant digits. */
  readonly value: readonly (number | null)[]
  /** How many seconds the latest attempt ran; null if it has not finished. */
  readonly seconds: readonly (number | null)[]
  /** Stage and parent, if the sweep has stages; otherwise empty. */
  readonly stage: readonly (string | null)[]
  readonly parent: readonly (number | null)[]
  /** A column for each parameter. Values have five significant digits. */
  readonly params: readonly { readonly name: string; readonly values: readonly Cell[] }[]
}

/** Curves of one metric. */
export interface SweepCurves {
  readonly curves: readonly {
    readonly i: number
    readonly steps: readonly number[]
    readonly values: readonly number[]
  }[]
}

/** Decisions about trials, as columns. */
export interface SweepDecisions {
  /** The number of decisions so far. The next request passes it as `after` to get only later ones. */
  readonly count: number
  readonly trial: readonly number[]
  readonly planner: readonly string[]
  readonly verdict: readonly string[]
  readonly step: readonly (number | null)[]
  readonly value: readonly (number | null)[]
  /** `ahead`: how many trials were better; `cohort`: out of how many. */
  readonly ahead: readonly (number | null)[]
  readonly cohort: readonly (number | null)[]
}

/** One step of a population: a trial that continued from another trial's checkpoint. */
export interface LineageStep {
  readonly trial: number
  readonly step: number
  readonly from: number
  readonly donor_step: number
  readonly params: Readonly<Record<string, Cell>>
  /** Null while the step is in progress. */
  readonly outcome: string | null
}

export interface SweepLineage {
  readonly steps: readonly LineageStep[]
}

export interface SweepImportance {
  readonly importance: readonly { readonly name: string; readonly share: number }[]
  /** How many completed trials the result is based on. */
  readonly trials: number
}

export interface SweepContourAnswer {
  readonly x: { readonly name: string; readonly places: readonly Cell[]; readonly log: boolean }
  readonly y: { readonly name: string; readonly places: readonly Cell[]; readonly log: boolean }
  readonly grid: readonly (readonly (number | null)[])[]
  readonly points: readonly {
    readonly i: number
    readonly x: Cell
    readonly y: Cell
    readonly value: number
  }[]
}

/** Everything about one trial. */
export interface TrialDetail {
  readonly i: number
  readonly name: string
  readonly state: TrialState
  readonly why: string | null
  readonly params: Readonly<Record<string, Cell>>
  readonly metrics: Readonly<Record<string, Cell>>
  readonly stage: string | null
  readonly parent: number | null
  readonly attempts: readonly {
    readonly n: number
    readonly state: string
    readonly begun: number | null
    readonly ended: number | null
    readonly code: number | null
    readonly reason: string | null
    readonly job: string | null
    readonly node: string | null
  }[]
  readonly decisions: readonly string[]
  /** Whether the trainer opened a run directory, so that its controls can be changed. */
  readonly controllable: boolean
  /** The end of its output; null if it printed nothing. */
  readonly output: string | null
  readonly errors: string | null
}

/** The kinds of requests about trials. */
export const WANTS = ['stop', 'prune', 'pause', 'resume'] as const
export type SweepWant = (typeof WANTS)[number]

/** The trials to which a request applies. */
export type TrialChoice = { readonly trials: readonly number[] } | { readonly all: true }

/** The answer to a request: the trials for which it was recorded. */
export interface TrialRequestAnswer {
  readonly trials: readonly number[]
  /** Why the request has not been carried out yet; null if there is no reason. */
  readonly note: string | null
}

/** The answer to a request to change controls: what happened in each trial. */
export interface SetAnswer {
  readonly trials: readonly {
    readonly i: number
    readonly decision: string | null
    readonly text: string
  }[]
}

/** A sweep's monitor, as read from its files. Times are epoch seconds. */
export interface SweepMonitor {
  /** Number and end of the last tick; null before the first one. */
  readonly tick: number | null
  readonly tick_at: number | null
  readonly next_at: number | null
  /** Why the last monitor stopped, if no one stopped it. */
  readonly halted: string | null
  /** The running monitor; null if there is none. */
  readonly living: {
    readonly process: string
    readonly health: string
    readonly why: string | null
    readonly seen_at: number
  } | null
  /** The cost of language models so far. A limit is null if there is none. */
  readonly spend: readonly {
    readonly name: 'usd' | 'usd_per_day' | 'calls' | 'tokens'
    readonly used: number
    readonly most: number | null
  }[]
  /** The plan, as the monitor wrote it; null before it has written one. */
  readonly plan: string | null
  readonly proposals: readonly {
    readonly id: string
    readonly tool: string
    readonly text: string
    readonly trials: readonly number[]
    /** An answer that the monitor has not read yet. */
    readonly answer: 'approved' | 'rejected' | null
  }[]
  /** The latest messages, oldest first. */
  readonly chat: readonly {
    readonly timestamp: string
    readonly role: 'agent' | 'user'
    readonly author: string
    readonly text: string
  }[]
}

/** The response to a person's answer: null, or the reason why the answer has no effect yet. */
export interface ProposalAnswer {
  readonly note: string | null
}
