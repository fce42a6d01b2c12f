import type { Rung } from '@hotcb/metrics/judge'
import type { Json, JsonObject, TuneMutation, TuneSegment } from '@hotcb/protocol'
import type { Baseline } from './judge.ts'
import type { KnobMode } from './knob.ts'

/** How much a tuner may do: nothing; judge changes of others; suggest changes; make changes. */
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
  /** `m_00003`. */
  readonly id: string
  readonly number: number
  /** Seq and step of its `tune propose` line. */
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
  /** Who found it: `pattern`, `tpe` or `random`. */
  readonly by: string
  readonly metric: string
  readonly baseline: Baseline
  readonly context: JsonObject
  readonly state: MutationState
  /** The step at whose safe point it was set; what was trained after it ran with the new value. */
  readonly appliedStep: number | null
  readonly appliedSeq: number | null
  /** Params that restore the value from before the change. */
  readonly old: JsonObject | null
  /** The step at which a person rejected the suggestion. */
  readonly declinedStep: number | null
  readonly judgement: Judgement | null
  /** Accepted, and training diverged on it later: it counts as bad. */
  readonly isRegretted: boolean
  /** Why it failed or became void, in words. */
  readonly because: string | null
  /** Its effect, measured against the same steps without it; null if that was not requested, or failed. */
  readonly twin: TwinEffect | null
  /** Why a requested measurement is missing. */
  readonly twinProblem: string | null
}

/** The verdict of a `tune judge` line. */
export interface Judgement {
  readonly seq: number
  readonly step: number
  readonly decision: 'accepted' | 'rejected'
  readonly score: number | null
  readonly z: number | null
  readonly n: number
  /** What was wrong beyond noise: `worse`, `nan`, `divergence` or `anomaly`; null: nothing. */
  readonly bad: string | null
  /** How it was reverted; null: it was kept. */
  readonly putBack: 'values' | 'weights' | null
  /** The objective before and now, in its own units. */
  readonly before: number | null
  readonly now: number | null
}

/** The effect of a change, measured against the same steps without it. */
export interface TwinEffect {
  readonly metric: string
  /** With the change, less without it, on the scale that the judge uses: below 0 it helped, also where a larger metric is better. */
  readonly difference: number
  /** Ends of the 95 % interval of the difference. */
  readonly low: number
  readonly high: number
  /** Points that were compared. */
  readonly pairs: number
  /** Steps from the change to the last of them. */
  readonly steps: number
  /** The last value with and without the change, in units of the metric. */
  readonly with: number
  readonly without: number
}

/** A change by someone else that the tuner judges. It proposes nothing in the meantime. */
export interface Watched {
  readonly seq: number
  readonly step: number
  readonly module: string
  readonly key: string
  readonly source: string
}

/** A verdict on a change by someone else. */
export interface WatchedJudgement extends Watched {
  readonly decision: string
  readonly score: number | null
  readonly z: number | null
}

/** A search for a rate that learns, from the start of the run. */
export interface Ladder {
  readonly module: string
  readonly key: string
  /** The rate at its beginning. */
  readonly rate: number
  /** The first training loss of the run. */
  readonly first: number
  readonly isTwoSided: boolean
  /** Steps of a rung. */
  readonly steps: number
  readonly rungs: readonly Rung[]
  /** The rung that is tried now. */
  readonly index: number
  /** Whether its load has been made. */
  readonly isLoaded: boolean
  /** A rate was chosen: the next load sets it, and the ladder is over. */
  readonly isSettled: boolean
}

/** The greatest value of a control that the tuner sets by itself. */
export interface Ceiling {
  readonly module: string
  readonly key: string
  readonly value: number
}

/** Everything that a tuner knows of what was decided: a fold of the ledger, also of lines that a rollback has cut. */
export interface TunerHistory {
  /** Null while no ledger line sets it: the option of the trainer counts. */
  readonly mode: TuneMode | null
  /** Settings of `tune set`, by dotted name. */
  readonly settings: Readonly<Record<string, Json>>
  readonly isFrozen: boolean
  readonly mutations: readonly Mutation[]
  /** Rejections in a row. */
  readonly streak: number
  /** The phase in which it rests after too many of them; null: it does not. */
  readonly restingIn: string | null
  /** The step of the last change of a control by anyone; -1: none. After a rollback it is not later than the step it returned to. */
  readonly changedStep: number
  /** The step of the last judgement; -1: none. */
  readonly judgedStep: number
  readonly watched: Watched | null
  readonly watchedJudgements: readonly WatchedJudgement[]
  /** Someone else has changed something since the last change of the tuner, so the steps without that change cannot be repeated. */
  readonly isDisturbed: boolean
  readonly ladder: Ladder | null
  /** The highest learning rate that the tuner sets, since training failed above it; null: not known. */
  readonly ceiling: Ceiling | null
  /** How many ladders were begun. */
  readonly ladders: number
  /** How often it went back to the last accepted change since that was accepted. */
  readonly backs: number
  /** Checkpoints of the tuner that are there. */
  readonly hasStart: boolean
  readonly hasPre: boolean
  /** The next step to train from the checkpoint from before the open change. */
  readonly preStep: number
  readonly hasGood: boolean
  /** The step of the checkpoint of the last accepted change. */
  readonly goodStep: number
  /** Steps given up by restoring the weights from before rejected changes. */
  readonly lostSteps: number
  /** False once the trainer has refused to save or load. */
  readonly canLoad: boolean
  /** Lines for readers, in order: `hotcb.tune.mutations.jsonl` and `hotcb.tune.segments.jsonl`. */
  readonly records: readonly TunerRecord[]
}

export type TunerRecord =
  | { readonly kind: 'mutation'; readonly line: TuneMutation }
  | { readonly kind: 'segment'; readonly line: TuneSegment }

/** The story before the first line. */
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

/** The mutation that waits for its judgement. */
export function openMutation(story: TunerHistory): Mutation | undefined {
  return story.mutations.findLast(({ state }) => state === 'applied')
}

/** The mutation whose command nothing has answered yet. */
export function askedMutation(story: TunerHistory): Mutation | undefined {
  return story.mutations.findLast(({ state }) => state === 'asked')
}

/** The mutation that waits for a person. */
export function suggestedMutation(story: TunerHistory): Mutation | undefined {
  return story.mutations.findLast(({ state }) => state === 'suggested')
}

/** Why a person cannot accept or reject a mutation; null: it waits for an answer. */
export function waitingProblem({ id, state }: Pick<Mutation, 'id' | 'state'>): string | null {
  return state === 'suggested' ? null : `${id} does not wait for a person: it is ${state}`
}

/** The mutation that was accepted last and did not turn out bad. */
export function lastAccepted(story: TunerHistory): Mutation | undefined {
  return story.mutations.findLast(({ state, isRegretted }) => state === 'accepted' && !isRegretted)
}
