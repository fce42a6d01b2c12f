/** The states of a trial, in the order of the numbers that {@link TrialColumns} has. */
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

/** One line of the list of sweeps. */
export interface SweepRow {
  readonly id: string
  /** The name in its config; that of its directory where it has none yet. */
  readonly name: string
  /** Its directory below the root. */
  readonly place: string
  /** How many trials are in each state; states without trials are left out. */
  readonly totals: Readonly<Partial<Record<TrialState, number>>>
  readonly trials: number
  readonly executor: string | null
  /** Whether a driver is running. */
  readonly driven: boolean
  /** Epoch seconds of the newest start or end of a trial; null before the first. */
  readonly changed: number | null
  /** Why it cannot be read, or that it was not started. */
  readonly problem: string | null
}

/** The list of sweeps. */
export interface SweepList {
  readonly sweeps: readonly SweepRow[]
}

/** A parameter of a sweep, for an axis. */
export interface SweepParameter {
  readonly name: string
  readonly log: boolean
  /** All values, where it has only these. */
  readonly values: readonly Cell[] | null
}

export type Cell = string | number | boolean | null

/** Everything about a sweep but its trials. */
export interface SweepDetail {
  readonly id: string
  readonly name: string
  readonly place: string
  readonly executor: string
  /** The metric that the page shows first, and which end of it is better. */
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
  /** How many of a rung continue: one of `eta`. Null without early stopping. */
  readonly eta: number | null
  readonly population: boolean
  readonly driver: { readonly host: string; readonly pid: number } | null
  /** Trials wait or run, and no driver is running. */
  readonly needs_driver: boolean
  /** Whether this server can start a driver. */
  readonly can_drive: boolean
  readonly progress: { readonly over: number; readonly called: number; readonly left_seconds: number | null }
  /** Sources that do not answer. */
  readonly stale: readonly string[]
}

/** Trials as columns: those that changed since a version, or all. */
export interface TrialColumns {
  /** For the next request. */
  readonly version: string
  /** Whether these are all trials: what was known before is replaced. */
  readonly whole: boolean
  /** Trials whose value has not been read yet. */
  readonly unread: number
  readonly index: readonly number[]
  /** Numbers of {@link STATES}. */
  readonly state: readonly number[]
  /** Class of a failure, or why it was asked to end. */
  readonly why: readonly (string | null)[]
  readonly attempt: readonly number[]
  readonly step: readonly (number | null)[]
  /** Of the metric that was asked for, with six digits. */
  readonly value: readonly (number | null)[]
  /** Seconds that its newest attempt has run, or ran. */
  readonly seconds: readonly (number | null)[]
  /** Stage and parent, for a sweep with stages; else empty. */
  readonly stage: readonly (string | null)[]
  readonly parent: readonly (number | null)[]
  /** Values with five digits, a column for each parameter. */
  readonly params: readonly { readonly name: string; readonly values: readonly Cell[] }[]
}

/** Courses of one metric. */
export interface SweepCurves {
  readonly curves: readonly {
    readonly i: number
    readonly steps: readonly number[]
    readonly values: readonly number[]
  }[]
}

/** Decisions about trials, as columns. */
export interface SweepDecisions {
  /** How many there are: the next request asks for those after it. */
  readonly count: number
  readonly trial: readonly number[]
  readonly planner: readonly string[]
  readonly verdict: readonly string[]
  readonly step: readonly (number | null)[]
  readonly value: readonly (number | null)[]
  /** How many were better, and of how many. */
  readonly ahead: readonly (number | null)[]
  readonly cohort: readonly (number | null)[]
}

/** One step of a population: a trial continued from a checkpoint of another one. */
export interface LineageStep {
  readonly trial: number
  readonly step: number
  readonly from: number
  readonly donor_step: number
  readonly params: Readonly<Record<string, Cell>>
  /** Null while it is carried out. */
  readonly outcome: string | null
}

export interface SweepLineage {
  readonly steps: readonly LineageStep[]
}

export interface SweepImportance {
  readonly importance: readonly { readonly name: string; readonly share: number }[]
  /** Completed trials that it is computed from. */
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
  /** Whether its trainer opened a run directory, so that its controls can be changed. */
  readonly controllable: boolean
  /** The end of what it printed; null if it printed nothing. */
  readonly output: string | null
  readonly errors: string | null
}

/** The requests for trials. */
export const WANTS = ['stop', 'prune', 'pause', 'resume'] as const
export type SweepWant = (typeof WANTS)[number]

/** Which trials something is for. */
export type TrialChoice = { readonly trials: readonly number[] } | { readonly all: true }

/** The answer to a request: the trials for which it was recorded. */
export interface TrialRequestAnswer {
  readonly trials: readonly number[]
  /** Null, or what keeps the request from being carried out. */
  readonly note: string | null
}

/** The answer to a change of controls: what happened in each trial. */
export interface SetAnswer {
  readonly trials: readonly {
    readonly i: number
    readonly decision: string | null
    readonly text: string
  }[]
}

/** The monitor of a sweep, from its files. Times are epoch seconds. */
export interface SweepMonitor {
  /** Number and end of its last tick; null before the first. */
  readonly tick: number | null
  readonly tick_at: number | null
  readonly next_at: number | null
  /** Why the last one ended without a request to stop. */
  readonly halted: string | null
  /** The one that is running; null for none. */
  readonly living: {
    readonly process: string
    readonly health: string
    readonly why: string | null
    readonly seen_at: number
  } | null
  /** The cost of models so far. Limits are null if there are none. */
  readonly spend: readonly {
    readonly name: 'usd' | 'usd_per_day' | 'calls' | 'tokens'
    readonly used: number
    readonly most: number | null
  }[]
  /** Its plan, in its own words; null before it has written one. */
  readonly plan: string | null
  readonly proposals: readonly {
    readonly id: string
    readonly tool: string
    readonly text: string
    readonly trials: readonly number[]
    /** An answer that the monitor has not taken yet. */
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

/** The answer to an answer: null, or what keeps it from being carried out. */
export interface ProposalAnswer {
  readonly note: string | null
}
