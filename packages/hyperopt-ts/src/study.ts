import type { Space } from './dimension.ts'
import { EventStudy } from './event-study.ts'
import type { Defaults } from './fit.ts'
import type { TellDetails, TrialOutcome } from './outcome.ts'
import type { Params, PartialParams } from './params.ts'
import type { Pruner } from './pruner.ts'
import type { Sampler, SamplerReport } from './sampler-session.ts'
import type { Storage } from './storage.ts'
import type { StudyDocument } from './study-document.ts'
import type { CompleteTrial, JsonValue, StudyDirection, Trial } from './trial.ts'

/** Options of {@link createStudy}. */
export interface StudyOptions<S extends Space> {
  readonly space: S
  /** What chooses the parameters, for example `tpe()`. */
  readonly sampler: Sampler
  /** @defaultValue 'minimize' */
  readonly direction?: StudyDirection
  /** One for each objective, instead of `direction`; then trials are told a list of values. */
  readonly directions?: readonly StudyDirection[]
  /**
   * Any whole number from 0. The same seed and the same answers give the same trials.
   *
   * @defaultValue 0
   */
  readonly seed?: number
  /** What stops trials early; without it, `report` only keeps the values. */
  readonly pruner?: Pruner
  /** Where the trials are kept; without it, in memory. */
  readonly storage?: Storage
  /**
   * Values of parameters, by path such as `head.mlp.drop`, for stored and imported trials that were run before the
   * parameter was in the space.
   */
  readonly defaults?: Defaults
  /** The clock, in milliseconds since 1970; by default that of the storage, if any. */
  readonly clock?: () => number
  /** The owner, such as a host's name, stored with each trial; by default that of the storage. */
  readonly owner?: string
}

/** A trial whose result is known already. */
export interface KnownTrial<P> extends TellDetails {
  readonly params: P
  readonly outcome: TrialOutcome
}

/** Options of {@link Study.ask}. */
export interface AskOptions<S extends Space> {
  /** Parameters that are given; the sampler chooses the rest to go with them. */
  readonly fixed?: PartialParams<S>
}

/** Options of {@link Study.staleTrials} and {@link Study.retryStale}. */
export interface StaleOptions {
  /** A running trial is abandoned when its last sign of life is longer ago than this. */
  readonly olderThanMs: number
  /**
   * How often the parameters of one trial are tried again; then it only counts as failed. What kills its process
   * every time would come back forever.
   *
   * @defaultValue 3
   */
  readonly maxRetries?: number
}

/** A search: it suggests trials and gets their results. */
export interface Study<S extends Space = Space> {
  readonly space: S
  /** The direction of the first objective. */
  readonly direction: StudyDirection
  readonly directions: readonly StudyDirection[]
  readonly seed: number
  /** All trials in the order of their numbers. The list grows and its trials change during the study. */
  readonly trials: readonly Trial<Params<S>>[]
  /**
   * The complete trial with the best value that breaks no constraint, the first of equals; undefined until there is one,
   * and with several objectives: see {@link paretoFront}.
   */
  readonly best: CompleteTrial<Params<S>> | undefined
  /** Trials whose parameters do not match the current space, each with the reason in `misfit`. */
  readonly misfits: readonly Trial[]
  /** The next trial to run. Any number may be running at a time. */
  ask(options?: AskOptions<S>): Trial<Params<S>>
  /**
   * Ends a running trial; `details` may be the reason alone.
   *
   * @throws StudyError `unknown-trial` or `already-told`.
   */
  tell(trial: Trial<Params<S>> | number, outcome: TrialOutcome, details?: TellDetails | string): void
  /**
   * Stores a value of a running trial at `step`, and calls the pruner.
   *
   * @returns true when the trial should stop; tell it 'pruned' then.
   * @throws StudyError `unknown-trial` or `already-told`.
   */
  report(trial: Trial<Params<S>> | number, step: number, value: number): boolean
  /**
   * Stores any JSON value with a trial, under `userAttrs`.
   *
   * @throws StudyError `unknown-trial`; TypeError for a value that JSON loses.
   */
  setUserAttr(trial: Trial<Params<S>> | number, key: string, value: JsonValue): void
  /**
   * Signals that a running trial is still in progress. A report does so too.
   *
   * @throws StudyError `no-clock`, `unknown-trial` or `already-told`.
   */
  heartbeat(trial: Trial<Params<S>> | number): void
  /**
   * Running trials without a sign of life for too long. Trials without times are never among them.
   *
   * @throws StudyError `no-clock`.
   */
  staleTrials(options: StaleOptions): readonly Trial<Params<S>>[]
  /**
   * Fails abandoned trials and queues their parameters. Of any number of processes that do so, one retries each trial.
   *
   * @returns the trials that this call has failed.
   * @throws StudyError `no-clock`.
   */
  retryStale(options: StaleOptions): readonly Trial<Params<S>>[]
  /** Puts parameters in the queue of {@link Study.ask}; the sampler chooses those left out. */
  enqueue(params: PartialParams<S>): void
  /** Adds a trial whose result is known already. */
  add(known: KnownTrial<Params<S>>): Trial<Params<S>>
  /**
   * Adds the trials of an exported study. Its space may differ: trials that do not match are in {@link Study.misfits}.
   *
   * @throws StudyError `bad-document` or `other-study`.
   */
  import(document: StudyDocument): void
  /** Which sampler is at work and, with {@link auto}, why. */
  samplerReport(): SamplerReport
  /** Reads events that other processes have written to the storage; all other methods do so automatically. */
  refresh(): void
  /** The study as plain JSON data, infinite values written as text. */
  toJSON(): StudyDocument
}

/**
 * A study over a space.
 *
 * @example
 * ```ts
 * const study = createStudy({ space: { x: float(-5, 10) }, sampler: tpe(), seed: 1 })
 * for (let i = 0; i < 50; i++) {
 *   const trial = study.ask()
 *   study.tell(trial, (trial.params.x - 2) ** 2)
 * }
 * study.best?.params.x // near 2
 * ```
 * @throws TypeError or RangeError when the space cannot be searched or an option is invalid; StudyError `other-study`.
 */
export function createStudy<const S extends Space>(options: StudyOptions<S>): Study<S> {
  return new EventStudy(options)
}
