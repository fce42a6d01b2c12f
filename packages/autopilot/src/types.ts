import type { Program } from '@hotcb/expr'
import type { Direction } from '@hotcb/metrics/judge'
import type {
  Confidence,
  ControlDescription,
  Decision,
  Json,
  JsonObject,
  LedgerLine,
  ProposalRequest,
  Relative,
  SubmittedOp,
} from '@hotcb/protocol'
import type { ModelRequest } from './ai/ai-rule.ts'
import type { AutoCheckpoint } from './checkpoint-fold.ts'

/** `off`: nothing is evaluated. `suggest`: nothing is done without a person's approval. `auto`: changes within the limits are applied. */
export type Mode = 'off' | 'suggest' | 'auto'

export const MODES: readonly [Mode, ...Mode[]] = ['off', 'suggest', 'auto']

export function isMode(value: unknown): value is Mode {
  return value === 'off' || value === 'suggest' || value === 'auto'
}

/** The modes with a language model: it proposes changes, or makes them within its limits. */
export type AiMode = 'ai_suggest' | 'ai_auto'

/** The modes of an autopilot: rules alone, or rules and a model. */
export type AutopilotMode = Mode | AiMode

export const AUTOPILOT_MODES: readonly [AutopilotMode, ...AutopilotMode[]] = [...MODES, 'ai_suggest', 'ai_auto']

export function isAiMode(mode: unknown): mode is AiMode {
  return mode === 'ai_suggest' || mode === 'ai_auto'
}

/** Returns what rules may do in a mode. */
export function ruleModeOf(mode: AutopilotMode): Mode {
  if (mode === 'ai_suggest') return 'suggest'
  return mode === 'ai_auto' ? 'auto' : mode
}

/** The conditions that a rule may name; `when` is an expression. Version 1 conditions use hotcb 2's formulas. */
export type ConditionName =
  | 'nan'
  | 'divergence'
  | 'stuck'
  | 'grad_explosion'
  | 'spike'
  | 'overfitting'
  | 'plateau'
  | 'slow'
  | 'silent'
  | 'when'
  | 'v1:plateau'
  | 'v1:divergence'
  | 'v1:overfitting'
  | 'v1:custom'

/** A rule's change to a control: to a fixed value, or relative to its current value. */
export type ValueChange = { readonly to: Json } | Relative

/** A rule's action. */
export type RuleAction =
  /** Sets all values in one command, with `expect` for each current value. */
  | { readonly kind: 'set'; readonly values: Readonly<Record<string, ValueChange>> }
  /** An op, passed on unchanged. */
  | { readonly kind: 'op'; readonly op: SubmittedOp }
  | { readonly kind: 'do'; readonly what: BuiltInAction }

export type BuiltInAction = 'rescue' | 'clip' | 'checkpoint' | 'pause' | 'stop' | 'notify'

export const DO_WORDS: readonly [BuiltInAction, ...BuiltInAction[]] = [
  'rescue',
  'clip',
  'checkpoint',
  'pause',
  'stop',
  'notify',
]

/** One rule with all defaults filled in. */
export interface Rule {
  readonly id: string
  readonly description: string
  readonly condition: ConditionName
  /** Null if the rule has an expression, or uses the key metric. */
  readonly metric: string | null
  readonly params: JsonObject
  /** The expression in `when` or in version 1's `custom`. */
  readonly program: Program | null
  readonly action: RuleAction
  readonly confidence: Confidence
  readonly enabled: boolean
  /** The number of steps after firing in which it does not fire again. */
  readonly cooldown: number
  /** The number of consecutive evaluations in which the condition must be true. */
  readonly hold: number
  /** The number of evaluations in which the condition must be false before the rule may fire again; 0: none. */
  readonly clear: number
  /** The number of steps without a change of its controls, by anyone, before it fires. */
  readonly settle: number
  readonly version: 1 | 2
  /** Its location as `file:line`; null for a built-in rule. */
  readonly place: string | null
}

/** The metric by which a run is judged. */
export interface KeyMetric {
  readonly name: string
  readonly direction: Direction
}

/** The rules from one or more files. A later rule replaces an earlier one with the same id. */
export interface RuleSet {
  readonly rules: readonly Rule[]
  /** The key metric that a file names; null if none does. The direction is null if the name does not show it. */
  readonly keyMetric: { readonly name: string; readonly direction: Direction | null } | null
}

/** A bound of a change. `ratio`: max(to/from, from/to). `share`: |to - from| / (max - min). */
export type Distance =
  | { readonly kind: 'ratio'; readonly most: number }
  | { readonly kind: 'share'; readonly most: number }
  | { readonly kind: 'any' }

/** How far a control may be changed. */
export interface ControlLimit {
  /** The key; `*` matches any characters. */
  readonly key: string
  /** The largest change that needs no approval. */
  readonly auto: Distance | null
  /** The absolute limit. Even an approved change may not be larger. */
  readonly ask: Distance
  /**
   * The largest distance from the anchor, which is the value at the start, or the last value that a person set or approved.
   * Beyond it, changes need approval.
   */
  readonly drift: Distance
}

export type Permission = 'auto' | 'ask' | 'never'

/** What a run does while a rescue proposal is waiting for an answer. */
export type OnWait = 'train' | 'pause'

/** The changes that need no approval. The first entry that matches a control applies; without a match, every change needs approval. */
export interface Limits {
  readonly controls: readonly ControlLimit[]
  readonly words: Readonly<Record<'rescue' | 'checkpoint' | 'pause' | 'stop' | 'cb' | 'rerun', Permission>>
  /** The maximum number of actions in a run. */
  readonly perRun: number
  /** The maximum number of actions per hour; applies only if there is a clock. */
  readonly perHour: number
}

/** The engine's input for one evaluation. */
export interface EngineInput {
  readonly step: number
  readonly epoch: number | null
  /**
   * The metrics that were reported at this step: only new values. null and NaN stand for a non-finite value. Values that are not numbers
   * are skipped, but true and false count as 1 and 0.
   */
  readonly metrics: Readonly<Record<string, unknown>>
  /** Returns the current controls. Called only when a rule fires. */
  controls(): readonly ControlDescription[]
  /** The ledger lines since the last evaluation, in order. */
  readonly lines: readonly LedgerLine[]
  readonly isFrozen: boolean
  readonly isPaused: boolean
  /** The number of steps in the run; null if unknown. */
  readonly total: number | null
  /** Whether the trainer can load checkpoints; undefined if unknown. */
  readonly canLoad?: boolean | undefined
  /** Whether the trainer can save checkpoints; undefined if unknown. */
  readonly canSave?: boolean | undefined
  /** Whether the trainer offers a function `data.skip(from, to)`. */
  readonly hasDataSkip?: boolean | undefined
  /** Epoch seconds; absent inside a trainer, where nothing may depend on a clock. */
  readonly now?: number | undefined
  /** The seconds per step over the last 30 seconds and the last 5 minutes, and the seconds since the last record; only with a clock. */
  readonly pace?: { readonly recent: number; readonly usual: number; readonly quiet: number } | undefined
}

/** The fields that all events have in common. */
interface EventBase {
  /** `a<n>-<k>`: the engine's start number and a count. */
  readonly id: string
  readonly step: number
  readonly rule: string
  readonly metric: string | null
  readonly confidence: Confidence
  /** The reason, as text. */
  readonly because: string
  /** The numbers that support the decision. */
  readonly evidence: JsonObject
}

/** A rule fired and needs no answer. */
export interface AlertEvent extends EventBase {
  readonly kind: 'alert'
}

/** A rule proposes a change, and a person may approve it by appending `command`. */
export interface ProposeEvent extends EventBase {
  readonly kind: 'propose'
  readonly command: SubmittedOp & { readonly cid: string }
  /** The steps of the entire procedure, one sentence each; empty for a single command. */
  readonly plan: readonly string[]
  /** The procedure's state, kept in the log so that a restart can continue it; null for a single command. */
  readonly procedure: JsonObject | null
}

/** The engine acts, and the host appends `command`. */
export interface ActEvent extends EventBase {
  readonly kind: 'act'
  readonly command: SubmittedOp & { readonly cid: string }
  readonly plan: readonly string[]
  /** True for a later command in a procedure: nothing new is proposed. */
  readonly isContinued: boolean
  /** The procedure's state, kept in the log so that a restart can continue it. */
  readonly procedure: JsonObject | null
}

/** A person approved or rejected, or the kernel decided. */
export interface AnswerEvent {
  readonly kind: 'approved' | 'dismissed' | 'decided'
  readonly id: string
  readonly step: number
  readonly cid: string
  readonly by: string | null
  readonly decision: Decision
  readonly seq: number
  readonly reason: string | null
}

/** An action's effect, compared with the trend before it. */
export interface OutcomeEvent {
  readonly kind: 'outcome'
  readonly id: string
  readonly step: number
  readonly verdict: 'better' | 'worse' | 'unclear' | 'refused'
  readonly because: string
  readonly evidence: JsonObject
}

/** The events of one evaluation, in order. Each becomes one log line: see `lineOf`. */
export type AutopilotEvent = AlertEvent | ProposeEvent | ActEvent | AnswerEvent | OutcomeEvent

export interface RuleEngineOptions {
  readonly mode: Mode
  /** Null: it is guessed from the names of the reported metrics. */
  readonly keyMetric: KeyMetric | null
  readonly limits: Limits
  /** The engine's start number, which distinguishes its ids from those of every other start. */
  readonly n: number
  /**
   * Returns the id that an earlier start gave to this rule's request at this step. If that start's changes are re-applied, the same
   * decision then has the same id.
   */
  readonly idOf?: ((rule: string, step: number) => string | undefined) | undefined
}

/** Makes the decisions. Pure: the same inputs yield the same events. */
export interface RuleEngine {
  readonly mode: Mode
  readonly keyMetric: KeyMetric | null
  /** The rescue proposal that is waiting for a person; null if there is none. */
  readonly waiting: string | null
  /** Whether one of this rule's actions is waiting for an answer from a person or from the trainer. */
  hasOpen(rule: string): boolean
  look(seen: EngineInput): readonly AutopilotEvent[]
  /** Processes earlier records without evaluating rules: fills the windows and restores the changes. */
  fill(seen: EngineInput): void
  setMode(mode: Mode): void
  /** Sets whether a model is in use. Rules then only report, but safety rules still act. */
  setSensing(isSensing: boolean): void
  /** Judges a model's requests like those of a rule: each is applied, proposed, or only reported. */
  request(seen: EngineInput, wanted: ModelRequest): readonly AutopilotEvent[]
  /**
   * Turns an agent's request into a proposal, or reports why it did not. The request is never carried out without a person's approval.
   *
   * @param stale Why the request is too old; null if it is not.
   */
  propose(seen: EngineInput, request: ProposalRequest, stale: string | null): readonly AutopilotEvent[]
  /**
   * Restores the state of earlier starts from the log and the ledger: open proposals, actions that are waiting for an answer, and a
   * procedure in progress.
   */
  recall(story: AutopilotHistory, ledger?: readonly LedgerLine[]): void
  /** Returns the facts that a checkpoint saver needs. */
  saving(total: number | null): {
    readonly epochSteps: number
    readonly isBusy: boolean
    readonly checkpoints: readonly AutoCheckpoint[]
    /** The permission for checkpoints in `limits`. */
    readonly permission: Permission
  }
  status(): JsonObject
  /** Returns the internal state: windows, arming and counts. */
  snapshot(): Json
  restore(saved: Json): void
}

/** The autopilot that is watching a run, or the last one that did. */
export interface AutopilotHolder {
  /** The start number. */
  readonly n: number
  readonly engine: string
  readonly pid: number | null
  readonly host: string | null
  /** When it started, in epoch seconds; null if its log does not contain the time. */
  readonly since: number | null
  readonly isAlive: boolean
}

/**
 * An action's state. `open`: it is waiting for a person. `queued`: it is waiting for the kernel. `applied`, `failed`,
 * `frozen`, `expired`: the kernel's decision. `dismissed`: a person rejected it. `lapsed`: no one answered in time.
 * `told`: an alert.
 */
export type ActionState =
  | 'told'
  | 'open'
  | 'queued'
  | 'applied'
  | 'failed'
  | 'frozen'
  | 'expired'
  | 'dismissed'
  | 'lapsed'

/** One action, from its first line to its last. */
export interface ActionRecord {
  readonly id: string
  readonly state: ActionState
  readonly rule: string | null
  readonly metric: string | null
  readonly step: number | null
  /** Epoch seconds. */
  readonly ts: number
  readonly because: string | null
  readonly confidence: Confidence | null
  readonly source: string
  /** The command that an approval appends; null for an alert. */
  readonly command: JsonObject | null
  /** The last command sent later in the same procedure; null if there is none. `cid` belongs to it. */
  readonly next: JsonObject | null
  readonly cid: string | null
  /** The person who approved or rejected it. */
  readonly by: string | null
  readonly decision: Decision | null
  readonly seq: number | null
  /** Why it failed or was rejected. */
  readonly error: string | null
  readonly outcome: 'better' | 'worse' | 'unclear' | 'refused' | null
  readonly outcomeBecause: string | null
  /** How often the rule fired again while the action was open. */
  readonly again: number
  readonly plan: readonly string[]
  readonly evidence: JsonObject
  /** Its procedure's state according to its last line. */
  readonly procedure: JsonObject | null
}

/** Everything that the log and the ledger contain about an autopilot. */
export interface AutopilotHistory {
  /** The highest start number. */
  readonly n: number
  /** In the order of their first lines. */
  readonly actions: readonly ActionRecord[]
}
