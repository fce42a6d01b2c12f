import type { ActionRecord, AiDecision, AutopilotHolder, AutopilotMode, RuleProblem, RuleState } from '@hotcb/autopilot'

/** One of a run's rules, as the page shows it. */
export interface RuleRow {
  readonly id: string
  readonly description: string
  /** Its expression, or its condition and metric. */
  readonly when: string
  readonly metric: string | null
  readonly confidence: 'high' | 'medium' | 'low'
  readonly enabled: boolean
  /** Where the rule is defined, as `file:line`; null for a built-in rule. */
  readonly place: string | null
  readonly standing: RuleState
}

/** `GET autopilot`: the process that is watching a run, and what it may do. */
export interface AutopilotDetail {
  readonly holder: AutopilotHolder | null
  readonly mode: AutopilotMode | null
  readonly keyMetric: string | null
  /** Whether the autopilot is inside the trainer. */
  readonly isModule: boolean
  readonly open: number
  readonly queued: number
  readonly applied: number
  readonly rules: readonly RuleRow[]
  /** The problem with its config or its rules; null if both can be read. */
  readonly trouble: string | null
}

/** `GET proposals`: proposals that are waiting for a person, oldest first. */
export interface ProposalsDetail {
  readonly proposals: readonly ActionRecord[]
  /** The freeze mode that would block an approval; null if there is none. */
  readonly frozen: string | null
}

/** `GET actions`: a page of actions, newest first. `more`: whether there are older ones. */
export interface ActionsPage {
  readonly actions: readonly ActionRecord[]
  readonly more: boolean
}

/** The latest calls to a language model and their results, newest first. */
export interface DecisionsPage {
  readonly decisions: readonly AiDecision[]
}

/** The message sent to a page that shows a run: everything above, with the latest actions. */
export interface AutopilotDocument extends AutopilotDetail, ProposalsDetail, ActionsPage, DecisionsPage {}

/** `GET autopilot/ai`: a run's language model, its price and its budget. Costs are in billionths of a dollar. */
export interface AiDetail extends DecisionsPage {
  readonly model: string
  readonly baseUrl: string
  readonly cadence: number
  /** Dollars per million tokens. */
  readonly price: { readonly input: number; readonly output: number }
  /** The date of the built-in prices; null if the config sets the price. */
  readonly pricesDated: string | null
  readonly used: AiAmounts
  /** Null means no limit. */
  readonly limits: { readonly [Amount in keyof AiAmounts]: number | null }
  /** The part of `used.nano` that is reserved for calls that have not been answered yet. */
  readonly reserved: number
}

/** Amounts that a budget limits, or that were used. */
export interface AiAmounts {
  readonly nano: number
  readonly tokens: number
  readonly calls: number
  readonly actions: number
}

/** `POST autopilot/ai/prompt`: the prompt that would be sent now. Nothing is actually sent. */
export interface AiPrompt {
  readonly model: string
  readonly baseUrl: string
  readonly system: string
  readonly user: string
  readonly estimate: AiCost
  readonly most: AiCost
}

/** Tokens, and their cost in billionths of a dollar. */
export interface AiCost {
  readonly input: number
  readonly output: number
  readonly nanoUsd: number
}

/** `GET autopilot/rules`: one rule file in effect, for editing. */
export interface RuleFile {
  /** The file name in the config. */
  readonly file: string
  readonly text: string
  /** The version of the text; null for a file that does not exist yet. The page sends it back with the new text. */
  readonly stamp: string | null
  readonly problems: readonly RuleProblem[]
}

/** `POST autopilot/dry-run`: the steps at which rules would have fired on a run's records. */
export interface DryRunAnswer {
  /** The problems with the submitted text. If there are any, no rule was evaluated. */
  readonly problems: readonly RuleProblem[]
  readonly rules: readonly DryRunRow[]
  readonly lastStep: number | null
  /** False if the time limit was reached before the end of the run. */
  readonly isWhole: boolean
}

/** The steps at which one rule would have fired. */
export interface DryRunRow {
  readonly rule: string
  /** The first steps at which the rule would have fired. */
  readonly steps: readonly number[]
  readonly count: number
  /** Why the rule would have fired the first time; null if it would not have fired. */
  readonly because: string | null
}
