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

/** Options for {@link createStudy}. */
export interface StudyOptions<S extends Space> {
  readonly space: S
  /** The sampler that chooses the parameters, for example `tpe()`. */
  readonly sampler: Sampler
  /** @defaultValue 'minimize' */
  readonly direction?: StudyDirection
  /** One direction per objective, instead of `direction`. `tell` then accepts a list of values. */
  readonly directions?: readonly StudyDirection[]
  /**
   * A whole number of at least 0. The same seed and the same results produce the same trials.
   *
   * @defaultValue 0
   */
  readonly seed?: number
  /** The pruner that stops trials early. Without it, `report` only stores the values. */
  readonly pruner?: Pruner
  /** Where the trials are stored. By default, they are kept in memory. */
  readonly storage?: Storage
  /**
   * Parameter values, by path such as `head.mlp.drop`, for stored and imported trials that were run before the parameter was in the space.
   */
  readonly defaults?: Defaults
  /** The clock, in milliseconds since 1970. Default: the storage's clock, if it has one. */
  readonly clock?: () => number
  /** The owner, such as a host name, which is stored with each trial. Default: the storage's owner. */
  readonly owner?: string
}

/** A trial whose result is already known. */
export interface KnownTrial<P> extends TellDetails {
  readonly params: P
  readonly outcome: TrialOutcome
}

/** Options for {@link Study.ask}. */
export interface AskOptions<S extends Space> {
  /** Parameters that are given. The sampler chooses the others to match. */
  readonly fixed?: PartialParams<S>
}

/** Options for {@link Study.staleTrials} and {@link Study.retryStale}. */
export interface StaleOptions {
  /** A running trial counts as abandoned if its last sign of life is older than this. */
  readonly olderThanMs: number
  /**
   * How many times one trial's parameters are retried. After that, the trial just counts as failed. Without a limit, parameters that kill
   * their process would be retried forever.
   *
   * @defaultValue 3
   */
  readonly maxRetries?: number
}

/** A search. It suggests trials and receives their results. */
export interface Study<S extends Space = Space> {
  readonly space: S
  /** The direction of the first objective. */
  readonly direction: StudyDirection
  readonly directions: readonly StudyDirection[]
  readonly seed: number
  /** All trials in number order. The list grows and its trials change during the study. */
  readonly trials: readonly Trial<Params<S>>[]
  /**
   * The best complete trial that violates no constraint; if several are equally good, the first of them. Undefined until there is one, and
   * always undefined with several objectives: see {@link paretoFront}.
   */
  readonly best: CompleteTrial<Params<S>> | undefined
  /** Trials whose parameters do not match the current space, each with the reason in `misfit`. */
  readonly misfits: readonly Trial[]
  /** Returns the next trial to run. Any number of trials may run at a time. */
  ask(options?: AskOptions<S>): Trial<Params<S>>
  /**
   * Ends a running trial; `details` may be the reason alone.
   *
   * @throws StudyError `unknown-trial` or `already-told`.
   */
  tell(trial: Trial<Params<S>> | number, outcome: TrialOutcome, details?: TellDetails | string): void
  /**
   * Stores a running trial's value at `step` and calls the pruner.
   *
   * @returns true if the trial should stop. Then call `tell` with 'pruned'.
   * @throws StudyError `unknown-trial` or `already-told`.
   */
  report(trial: Trial<Params<S>> | number, step: number, value: number): boolean
  /**
   * Stores any JSON value with a trial, under `userAttrs`.
   *
   * @throws StudyError `unknown-trial`; TypeError for a value that JSON cannot represent.
   */
  setUserAttr(trial: Trial<Params<S>> | number, key: string, value: JsonValue): void
  /**
   * Signals that a running trial is still in progress. A report does the same.
   *
   * @throws StudyError `no-clock`, `unknown-trial` or `already-told`.
   */
  heartbeat(trial: Trial<Params<S>> | number): void
  /**
   * Returns running trials without a recent sign of life. Trials without times are never included.
   *
   * @throws StudyError `no-clock`.
   */
  staleTrials(options: StaleOptions): readonly Trial<Params<S>>[]
  /**
   * Marks abandoned trials as failed and queues their parameters. If several processes do this, only one of them retries each trial.
   *
   * @returns the trials that this call has marked as failed.
   * @throws StudyError `no-clock`.
   */
  retryStale(options: StaleOptions): readonly Trial<Params<S>>[]
  /** Adds parameters to the queue of {@link Study.ask}. The sampler chooses the omitted ones. */
  enqueue(params: PartialParams<S>): void
  /** Adds a trial whose result is already known. */
  add(known: KnownTrial<Params<S>>): Trial<Params<S>>
  /**
   * Adds an exported study's trials. Its space may differ: trials that do not match are in {@link Study.misfits}.
   *
   * @throws StudyError `bad-document` or `other-study`.
   */
  import(document: StudyDocument): void
  /** Returns the sampler in use and, with {@link auto}, the reason. */
  samplerReport(): SamplerReport
  /** Reads events that other processes have written to the storage; all other methods do so automatically. */
  refresh(): void
  /** Returns the study as plain JSON data, with infinite values as text. */
  toJSON(): StudyDocument
}

/**
 * Creates a study over a space.
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
 * @throws TypeError or RangeError if the space cannot be searched or an option is invalid; StudyError `other-study`.
 */
export function createStudy<const S extends Space>(options: StudyOptions<S>): Study<S> {
  return new EventStudy(options)
}
