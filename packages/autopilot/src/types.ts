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

/** `off`: nothing is evaluated. `suggest`: nothing is done without a person. `auto`: changes within the limits are applied. */
export type Mode = 'off' | 'suggest' | 'auto'

export const MODES: readonly [Mode, ...Mode[]] = ['off', 'suggest', 'auto']

export function isMode(value: unknown): value is Mode {
  return value === 'off' || value === 'suggest' || value === 'auto'
}

/** With a language model beside the trainer: it proposes, or makes changes within its limits. */
export type AiMode = 'ai_suggest' | 'ai_auto'

/** The modes of an autopilot: rules alone, or rules and a model. */
export type AutopilotMode = Mode | AiMode

export const AUTOPILOT_MODES: readonly [AutopilotMode, ...AutopilotMode[]] = [...MODES, 'ai_suggest', 'ai_auto']

export function isAiMode(mode: unknown): mode is AiMode {
  return mode === 'ai_suggest' || mode === 'ai_auto'
}

/** The rights of rules in a mode. */
export function ruleModeOf(mode: AutopilotMode): Mode {
  if (mode === 'ai_suggest') return 'suggest'
  return mode === 'ai_auto' ? 'auto' : mode
}

/** Conditions that a rule may name; `when` is an expression. Those of version 1 are hotcb 2's formulas. */
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

/** How a rule changes a control: to a value, or from the one that it has. */
export type ValueChange = { readonly to: Json } | Relative

/** The action of a rule. */
export type RuleAction =
  /** All in one command, with `expect` on each value that was seen. */
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

/** One rule, with nothing left open. */
export interface Rule {
  readonly id: string
  readonly description: string
  readonly condition: ConditionName
  /** Null: the rule has an expression, or means the key metric. */
  readonly metric: string | null
  readonly params: JsonObject
  /** The expression of `when` and of version 1's `custom`. */
  readonly program: Program | null
  readonly action: RuleAction
  readonly confidence: Confidence
  readonly enabled: boolean
  /** Steps after it fired in which it does not fire again. */
  readonly cooldown: number
  /** The number of consecutive evaluations in which the condition must be true. */
  readonly hold: number
  /** Looks at which it must be false before the rule may fire again; 0: it need not. */
  readonly clear: number
  /** Steps without a change of its controls, by anyone, before it fires. */
  readonly settle: number
  readonly version: 1 | 2
  /** Its place as `file:line`; null for a built-in rule. */
  readonly place: string | null
}

/** The metric by which a run is judged. */
export interface KeyMetric {
  readonly name: string
  readonly direction: Direction
}

/** The rules of one or more files. A later rule replaces an earlier one of the same id. */
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
  /** Without asking. */
  readonly auto: Distance | null
  /** At all: beyond it not even an approval helps. */
  readonly ask: Distance
  /** From the anchor: the value at the start, or the last that a person set or approved. Beyond it, changes need approval. */
  readonly drift: Distance
}

export type Permission = 'auto' | 'ask' | 'never'

/** What a run does while the proposal of a rescue waits for an answer. */
export type OnWait = 'train' | 'pause'

/** The changes that need no approval. The first entry that matches a control applies; without one every change needs approval. */
export interface Limits {
  readonly controls: readonly ControlLimit[]
  readonly words: Readonly<Record<'rescue' | 'checkpoint' | 'pause' | 'stop' | 'cb' | 'rerun', Permission>>
  /** The most actions in a run. */
  readonly perRun: number
  /** The largest number of actions in an hour; only with a clock. */
  readonly perHour: number
}

/** The input of the engine for one evaluation. */
export interface EngineInput {
  readonly step: number
  readonly epoch: number | null
  /**
   * What was reported at this step: only new values. null and NaN mean a value that is not finite; a value that is not a number is passed
   * over, but true and false count as 1 and 0.
   */
  readonly metrics: Readonly<Record<string, unknown>>
  /** The controls as they are now. Asked only when a rule fires. */
  controls(): readonly ControlDescription[]
  /** Lines of the ledger since the last evaluation, in order. */
  readonly lines: readonly LedgerLine[]
  readonly isFrozen: boolean
  readonly isPaused: boolean
  /** Steps of the run; null if that is not known. */
  readonly total: number | null
  /** Whether the trainer loads checkpoints; undefined if that is not known. */
  readonly canLoad?: boolean | undefined
  /** Whether the trainer saves checkpoints; undefined if that is not known. */
  readonly canSave?: boolean | undefined
  /** Whether the trainer offers a function `data.skip(from, to)`. */
  readonly hasDataSkip?: boolean | undefined
  /** Epoch seconds; absent inside a trainer, where nothing may depend on a clock. */
  readonly now?: number | undefined
  /** Seconds a step over 30 seconds and over 5 minutes, and seconds since the last record; only with a clock. */
  readonly pace?: { readonly recent: number; readonly usual: number; readonly quiet: number } | undefined
}

/** The common fields of all events. */
interface EventBase {
  /** `a<n>-<k>`: start number of the engine, and a count. */
  readonly id: string
  readonly step: number
  readonly rule: string
  readonly metric: string | null
  readonly confidence: Confidence
  /** Why, in words. */
  readonly because: string
  /** Numbers behind it. */
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
  /** The steps of the whole procedure, one sentence each; empty for a single command. */
  readonly plan: readonly string[]
  /** State of the procedure, kept in the log so that a restart can continue it; null for a single command. */
  readonly procedure: JsonObject | null
}

/** The engine acts: the host appends `command`. */
export interface ActEvent extends EventBase {
  readonly kind: 'act'
  readonly command: SubmittedOp & { readonly cid: string }
  readonly plan: readonly string[]
  /** True for a later command of a procedure: nothing new is proposed. */
  readonly isContinued: boolean
  /** State of the procedure, kept in the log so that a restart can continue it. */
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

/** The effect of an action, compared with the trend before it. */
export interface OutcomeEvent {
  readonly kind: 'outcome'
  readonly id: string
  readonly step: number
  readonly verdict: 'better' | 'worse' | 'unclear' | 'refused'
  readonly because: string
  readonly evidence: JsonObject
}

/** The events of one evaluation, in order. Each becomes one line of the log: `lineOf`. */
export type AutopilotEvent = AlertEvent | ProposeEvent | ActEvent | AnswerEvent | OutcomeEvent

export interface RuleEngineOptions {
  readonly mode: Mode
  /** Null: it is guessed from the names of the metrics, as they come. */
  readonly keyMetric: KeyMetric | null
  readonly limits: Limits
  /** Start number of the engine, by which its ids differ from those of every other start. */
  readonly n: number
  /**
   * The id that an earlier start gave to the request of this rule at this step. If the changes of that start are re-applied, the
   * same decision then has the same id.
   */
  readonly idOf?: ((rule: string, step: number) => string | undefined) | undefined
}

/** Makes the decisions. Pure: the same inputs give the same events. */
export interface RuleEngine {
  readonly mode: Mode
  readonly keyMetric: KeyMetric | null
  /** The proposal of a rescue that waits for a person; null for none. */
  readonly waiting: string | null
  /** Whether an action of this rule waits for an answer, from a person or from the trainer. */
  hasOpen(rule: string): boolean
  look(seen: EngineInput): readonly AutopilotEvent[]
  /** Accepts records from before the first decision: fills windows and changes, and evaluates nothing. */
  fill(seen: EngineInput): void
  setMode(mode: Mode): void
  /** While a model decides, rules only report; those for safety still act. */
  setSensing(isSensing: boolean): void
  /** Judges the requests of a model like those of a rule: each is applied, proposed, or only reported. */
  request(seen: EngineInput, wanted: ModelRequest): readonly AutopilotEvent[]
  /**
   * Turns the request of an agent into a proposal, or reports why not. It is never carried out without a person.
   *
   * @param stale Why the request is too old; null if it is not.
   */
  propose(seen: EngineInput, request: ProposalRequest, stale: string | null): readonly AutopilotEvent[]
  /** What is known of earlier starts, from log and ledger: open proposals, actions that wait for an answer, a procedure under way. */
  recall(story: AutopilotHistory, ledger?: readonly LedgerLine[]): void
  /** The facts that a saver of checkpoints needs. */
  saving(total: number | null): {
    readonly epochSteps: number
    readonly isBusy: boolean
    readonly checkpoints: readonly AutoCheckpoint[]
    /** The limit for checkpoints in `limits`. */
    readonly permission: Permission
  }
  status(): JsonObject
  /** Private state: windows, arming, counts. */
  snapshot(): Json
  restore(saved: Json): void
}

/** Who watches a run, or watched it last. */
export interface AutopilotHolder {
  /** Start number. */
  readonly n: number
  readonly engine: string
  readonly pid: number | null
  readonly host: string | null
  /** When it started, in epoch seconds; null if its log does not say. */
  readonly since: number | null
  readonly isAlive: boolean
}

/**
 * The state of an action. `open`: it waits for a person. `queued`: it waits for the kernel. `applied`, `failed`,
 * `frozen`, `expired`: how the kernel decided. `dismissed`: a person rejected it. `lapsed`: no one answered in time.
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
  /** A later command of the same procedure, the last one that was sent; null for none. `cid` belongs to it. */
  readonly next: JsonObject | null
  readonly cid: string | null
  /** Who approved or rejected. */
  readonly by: string | null
  readonly decision: Decision | null
  readonly seq: number | null
  /** Why it failed, or was rejected. */
  readonly error: string | null
  readonly outcome: 'better' | 'worse' | 'unclear' | 'refused' | null
  readonly outcomeBecause: string | null
  /** How often the rule fired again while it was open. */
  readonly again: number
  readonly plan: readonly string[]
  readonly evidence: JsonObject
  /** State of its procedure, as its last line has it. */
  readonly procedure: JsonObject | null
}

/** Everything that the log and the ledger contain about an autopilot. */
export interface AutopilotHistory {
  /** Highest start number. */
  readonly n: number
  /** In order of their first line. */
  readonly actions: readonly ActionRecord[]
}
