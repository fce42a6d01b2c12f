import type { ActionRecord, AiDecision, AutopilotHolder, AutopilotMode, RuleProblem, RuleState } from '@hotcb/autopilot'

/** One rule of a run, as the page shows it. */
export interface RuleRow {
  readonly id: string
  readonly description: string
  /** Its expression, or its condition and metric. */
  readonly when: string
  readonly metric: string | null
  readonly confidence: 'high' | 'medium' | 'low'
  readonly enabled: boolean
  /** Where it is written, as `file:line`; null for a built-in rule. */
  readonly place: string | null
  readonly standing: RuleState
}

/** `GET autopilot`: who watches a run, and what it may do. */
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

/** `GET proposals`: proposals that wait for a person, oldest first. */
export interface ProposalsDetail {
  readonly proposals: readonly ActionRecord[]
  /** The freeze mode under which an approval would be refused; null if none is. */
  readonly frozen: string | null
}

/** `GET actions`: newest first. `more`: there are older ones. */
export interface ActionsPage {
  readonly actions: readonly ActionRecord[]
  readonly more: boolean
}

/** The newest questions to a language model and their results, newest first. */
export interface DecisionsPage {
  readonly decisions: readonly AiDecision[]
}

/** The message to a page that shows a run: all of this, with the newest actions. */
export interface AutopilotDocument extends AutopilotDetail, ProposalsDetail, ActionsPage, DecisionsPage {}

/** `GET autopilot/ai`: the language model of a run, its price and its budget. Money is in billionths of a dollar. */
export interface AiDetail extends DecisionsPage {
  readonly model: string
  readonly baseUrl: string
  readonly cadence: number
  /** Dollars for a million tokens. */
  readonly price: { readonly input: number; readonly output: number }
  /** The date of the built-in prices; null if the price is from the config. */
  readonly pricesDated: string | null
  readonly used: AiAmounts
  /** Null: no limit. */
  readonly limits: { readonly [Amount in keyof AiAmounts]: number | null }
  /** The part of `used.nano` that is reserved for calls without an answer. */
  readonly reserved: number
}

/** The budget of a model. */
export interface AiAmounts {
  readonly nano: number
  readonly tokens: number
  readonly calls: number
  readonly actions: number
}

/** `POST autopilot/ai/prompt`: the prompt that would be sent now. Nothing is sent. */
export interface AiPrompt {
  readonly model: string
  readonly baseUrl: string
  readonly system: string
  readonly user: string
  readonly estimate: AiCost
  readonly most: AiCost
}

/** Tokens, and what they cost in billionths of a dollar. */
export interface AiCost {
  readonly input: number
  readonly output: number
  readonly nanoUsd: number
}

/** `GET autopilot/rules`: one file of rules that is in effect, to be edited. */
export interface RuleFile {
  /** As the config names it. */
  readonly file: string
  readonly text: string
  /** Which version this is; null for a file that is not there yet. To be sent back with the new text. */
  readonly stamp: string | null
  readonly problems: readonly RuleProblem[]
}

/** `POST autopilot/dry-run`: where rules would have fired in the records of a run. */
export interface DryRunAnswer {
  /** The problem with the submitted text; nothing was run then. */
  readonly problems: readonly RuleProblem[]
  readonly rules: readonly DryRunRow[]
  readonly lastStep: number | null
  /** False if the time was over before the end of the run. */
  readonly isWhole: boolean
}

/** Where one rule would have fired. */
export interface DryRunRow {
  readonly rule: string
  /** Of the first firings. */
  readonly steps: readonly number[]
  readonly count: number
  /** Why it would have fired first; null if it would not have. */
  readonly because: string | null
}
