import type { ActionStory, Mode } from '@hotcb/autopilot'

/** One rule of a run, as the page shows it. */
export interface RuleRow {
  readonly id: string
  readonly description: string
  /** Its condition, or its expression. */
  readonly when: string
  readonly metric: string | null
  readonly confidence: 'high' | 'medium' | 'low'
  readonly enabled: boolean
  /** Where it is written, as `file:line`; null for a built-in rule. */
  readonly place: string | null
}

/** `GET autopilot`: who watches a run, and what it may do. */
export interface AutopilotDetail {
  readonly holder: {
    readonly n: number
    readonly engine: string
    readonly pid: number | null
    readonly host: string | null
    readonly isAlive: boolean
  } | null
  readonly mode: Mode | null
  readonly keyMetric: string | null
  /** Whether the autopilot is inside the trainer. */
  readonly isModule: boolean
  readonly open: number
  readonly queued: number
  readonly applied: number
  readonly rules: readonly RuleRow[]
  /** What is wrong with its config or its rules; null while they can be read. */
  readonly trouble: string | null
}

/** `GET proposals`: what waits for a person, oldest first. */
export interface ProposalsDetail {
  readonly proposals: readonly ActionStory[]
  /** The freeze mode under which an approval would be refused; null where none is. */
  readonly frozen: string | null
}

/** `GET actions`: newest first. `more`: there are older ones. */
export interface ActionsPage {
  readonly actions: readonly ActionStory[]
  readonly more: boolean
}
