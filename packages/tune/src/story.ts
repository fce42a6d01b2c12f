import type { Rung } from '@hotcb/metrics/judge'
import type { Json, JsonObject, TuneMutation, TuneSegment } from '@hotcb/protocol'
import type { Baseline } from './judge.ts'
import type { KnobMode } from './knob.ts'

/** What a tuner may do: nothing, judge other people's changes, suggest changes, or make changes. */
export type TuneMode = 'off' | 'observe' | 'suggest' | 'active'

export const TUNE_MODES: readonly [TuneMode, ...TuneMode[]] = ['off', 'observe', 'suggest', 'active']

/**
 * The outcome of a mutation. `void`: it was not judged, for example because someone else changed the same control. `declined`: a person
 * rejected the suggestion. `lapsed`: a newer suggestion replaced it.
 */
export type MutationState =
  | 'suggested'
  | 'declined'
  | 'lapsed'
  | 'asked'
  | 'failed'
  | 'applied'
  | 'accepted'
  | 'rejected'
  | 'void'

/** A change that the tuner proposed, and its outcome. */
export interface Mutation {
  /** The id, such as `m_00003`. */
  readonly id: string
  readonly number: number
  /** The seq and the step of its `tune propose` line. */
  readonly seq: number
  readonly step: number
  readonly epoch: number | null
  readonly event: string | null
  readonly knob: string
  readonly module: string
  readonly key: string
  readonly mode: KnobMode
  /** The factor, the difference or the value. */
  readonly value: number
  readonly from: number
  readonly to: number
  readonly phase: string
  /** The method that proposed it: `pattern`, `tpe` or `random`. */
  readonly by: string
  readonly metric: string
  readonly baseline: Baseline
  readonly context: JsonObject
  readonly state: MutationState
  /** The step at whose safe point (between two steps) the value was set. Later steps used the new value. */
  readonly appliedStep: number | null
  readonly appliedSeq: number | null
  /** The params that restore the value from before the change. */
  readonly old: JsonObject | null
  /** The step at which a person rejected the suggestion. */
  readonly declinedStep: number | null
  readonly judgement: Judgement | null
  /** Whether it was accepted but training later diverged with it. It then counts as bad. */
  readonly isRegretted: boolean
  /** Why it failed or became void, as text. */
  readonly because: string | null
  /** Its effect, measured against the same steps without it; null if the measurement was not requested or failed. */
  readonly twin: TwinEffect | null
  /** Why a requested measurement is missing. */
  readonly twinProblem: string | null
}

/** The verdict in a `tune judge` line. */
export interface Judgement {
  readonly seq: number
  readonly step: number
  readonly decision: 'accepted' | 'rejected'
  readonly score: number | null
  readonly z: number | null
  readonly n: number
  /** A problem that exceeds the noise: `worse`, `nan`, `divergence` or `anomaly`; null if there is none. */
  readonly bad: string | null
  /** How it was reverted; null if it was kept. */
  readonly putBack: 'values' | 'weights' | null
  /** The objective before the change, in its own units. */
  readonly before: number | null
  readonly now: number | null
}

/** The effect of a change, measured against the same steps without it. */
export interface TwinEffect {
  readonly metric: string
  /**
   * The values with the change minus those without it, on the scale used for judging. A value below 0 means that the change helped, even if
   * a larger metric is better.
   */
  readonly difference: number
  /** The lower bound of the difference's 95 % interval. */
  readonly low: number
  readonly high: number
  /** The number of points that were compared. */
  readonly pairs: number
  /** The number of steps from the change to the last of these points. */
  readonly steps: number
  /** The last value with the change, in the metric's units. */
  readonly with: number
  readonly without: number
}

/** Someone else's change that the tuner is judging. In the meantime, the tuner makes no proposals. */
export interface Watched {
  readonly seq: number
  readonly step: number
  readonly module: string
  readonly key: string
  readonly source: string
}

/** A verdict on someone else's change. */
export interface WatchedJudgement extends Watched {
  readonly decision: string
  readonly score: number | null
  readonly z: number | null
}

/** A search, from the start of the run, for a rate at which the run learns. */
export interface Ladder {
  readonly module: string
  readonly key: string
  /** The learning rate when the search began. */
  readonly rate: number
  /** The run's first training loss. */
  readonly first: number
  readonly isTwoSided: boolean
  /** The number of steps in a rung. */
  readonly steps: number
  readonly rungs: readonly Rung[]
  /** The index of the current rung. */
  readonly index: number
  /** Whether the rung's checkpoint load has been applied. */
  readonly isLoaded: boolean
  /** Whether a rate has been chosen. The next load sets it and ends the ladder. */
  readonly isSettled: boolean
}

/** The highest value that the tuner may set a control to on its own. */
export interface Ceiling {
  readonly module: string
  readonly key: string
  readonly value: number
}

/** All decisions that a tuner knows about: a fold of the ledger, including lines that a rollback has undone. */
export interface TunerHistory {
  /** Null if no ledger line sets it; then the trainer's option applies. */
  readonly mode: TuneMode | null
  /** The settings made with `tune set`, by dotted name. */
  readonly settings: Readonly<Record<string, Json>>
  readonly isFrozen: boolean
  readonly mutations: readonly Mutation[]
  /** The number of consecutive rejections. */
  readonly streak: number
  /** The phase in which it pauses after too many rejections; null if it does not pause. */
  readonly restingIn: string | null
  /**
   * The step of the last control change by anyone; -1: none. After a rollback, it is at most the step that the run went back to.
   */
  readonly changedStep: number
  /** The step of the last judgement; -1: none. */
  readonly judgedStep: number
  readonly watched: Watched | null
  readonly watchedJudgements: readonly WatchedJudgement[]
  /**
   * Whether someone else has changed something since the tuner's last change. If so, the steps cannot be rerun without the tuner's change.
   */
  readonly isDisturbed: boolean
  readonly ladder: Ladder | null
  /** The highest learning rate that the tuner sets, because training failed above it; null if unknown. */
  readonly ceiling: Ceiling | null
  /** The number of ladders started so far. */
  readonly ladders: number
  /** How often it has gone back to the last accepted change since that change was accepted. */
  readonly backs: number
  /** Whether the tuner's checkpoint of the start exists. */
  readonly hasStart: boolean
  readonly hasPre: boolean
  /** The next step to train from the checkpoint taken before the open change. */
  readonly preStep: number
  readonly hasGood: boolean
  /** The step of the checkpoint of the last accepted change. */
  readonly goodStep: number
  /** The number of steps lost by restoring the weights from before rejected changes. */
  readonly lostSteps: number
  /** False once the trainer has refused to save or load. */
  readonly canLoad: boolean
  /** The lines for readers, in order: `hotcb.tune.mutations.jsonl` and `hotcb.tune.segments.jsonl`. */
  readonly records: readonly TunerRecord[]
}

export type TunerRecord =
  | { readonly kind: 'mutation'; readonly line: TuneMutation }
  | { readonly kind: 'segment'; readonly line: TuneSegment }

/** The history before the first line. */
export const EMPTY_STORY: TunerHistory = {
  mode: null,
  settings: {},
  isFrozen: false,
  mutations: [],
  streak: 0,
  restingIn: null,
  changedStep: -1,
  judgedStep: -1,
  watched: null,
  watchedJudgements: [],
  isDisturbed: false,
  ladder: null,
  ceiling: null,
  ladders: 0,
  backs: 0,
  hasStart: false,
  hasPre: false,
  preStep: 0,
  hasGood: false,
  goodStep: 0,
  lostSteps: 0,
  canLoad: true,
  records: [],
}

/** Returns the mutation that is waiting for its judgement. */
export function openMutation(story: TunerHistory): Mutation | undefined {
  return story.mutations.findLast(({ state }) => state === 'applied')
}

/** Returns the mutation whose command has no answer yet. */
export function askedMutation(story: TunerHistory): Mutation | undefined {
  return story.mutations.findLast(({ state }) => state === 'asked')
}

/** Returns the mutation that is waiting for a person. */
export function suggestedMutation(story: TunerHistory): Mutation | undefined {
  return story.mutations.findLast(({ state }) => state === 'suggested')
}

/** Returns why a person cannot accept or reject a mutation; null if it is waiting for an answer. */
export function waitingProblem({ id, state }: Pick<Mutation, 'id' | 'state'>): string | null {
  return state === 'suggested' ? null : `${id} is not waiting for a person; it is ${state}`
}

/** Returns the last accepted mutation that did not later turn out to be bad. */
export function lastAccepted(story: TunerHistory): Mutation | undefined {
  return story.mutations.findLast(({ state, isRegretted }) => state === 'accepted' && !isRegretted)
}
