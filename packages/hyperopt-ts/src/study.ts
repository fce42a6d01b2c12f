import type { Space } from './dimension.ts'
import { isStep, type StudyEvent, sameData, type TrialDocument, toWire } from './event.ts'
import { createLayout, decodePoint, encodeParams, encodePartial, type Layout } from './layout.ts'
import { type AnyParams, frozenParams, mergeParams, type Params, type PartialParams } from './params.ts'
import type { Pruner } from './pruner.ts'
import { createRandom } from './random.ts'
import { randomPoint } from './random-sampler.ts'
import type { Sampler, SamplerSession } from './sampler.ts'
import { memoryStorage, type Storage } from './storage.ts'
import { parseStudyDocument, type StudyDocument, trialDocument } from './study-document.ts'
import { StudyError } from './study-error.ts'
import { applyEvent, emptyState, type StudyState } from './study-state.ts'
import type { CompleteTrial, Direction, Trial, TrialState } from './trial.ts'

/** Options of {@link createStudy}. */
export interface StudyOptions<S extends Space> {
  readonly space: S
  /** What chooses the parameters, for example `tpe()`. */
  readonly sampler: Sampler
  /** @defaultValue 'minimize' */
  readonly direction?: Direction
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
}

/** A trial whose result is known already. */
export interface KnownTrial<P> {
  readonly params: P
  readonly outcome: Outcome
}

/** What a trial can be told: its value, or that there is none. NaN counts as `failed`. */
export type Outcome = number | 'failed' | 'pruned'

/** A search: it suggests trials and is told how they went. */
export interface Study<S extends Space = Space> {
  readonly space: S
  readonly direction: Direction
  readonly seed: number
  /** All trials in the order of their numbers. The list grows and its trials change as the study goes on. */
  readonly trials: readonly Trial<Params<S>>[]
  /** The complete trial with the best value, the first of equals; undefined until there is one. */
  readonly best: CompleteTrial<Params<S>> | undefined
  /** The next trial to run. Any number may be running at a time. */
  ask(): Trial<Params<S>>
  /**
   * Ends a running trial.
   *
   * @throws StudyError `unknown-trial` or `already-told`.
   */
  tell(trial: Trial<Params<S>> | number, outcome: Outcome, reason?: string): void
  /**
   * Keeps a value that a running trial has at `step`, and asks the pruner.
   *
   * @returns true when the trial should stop; tell it 'pruned' then.
   * @throws StudyError `unknown-trial` or `already-told`.
   */
  report(trial: Trial<Params<S>> | number, step: number, value: number): boolean
  /** Puts parameters in the queue of {@link Study.ask}; those left out are drawn from their priors. */
  enqueue(params: PartialParams<S>): void
  /** Adds a trial whose result is known already. */
  add(known: KnownTrial<Params<S>>): Trial<Params<S>>
  /** Adds the trials of an exported study of the same space. */
  import(document: StudyDocument): void
  /** Takes in what other processes have written to the storage; every other method does so by itself. */
  refresh(): void
  /** The study as plain JSON data, infinite values written as text. */
  toJSON(): StudyDocument
}

// Trials of one storage are at home in every study on it, and in no other.
const homes = new WeakMap<object, Storage>()

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
 * @throws TypeError or RangeError when the space cannot be searched; StudyError `other-study` or `bad-document`.
 */
export function createStudy<const S extends Space>(options: StudyOptions<S>): Study<S> {
  return new EventStudy(options)
}

class EventStudy<S extends Space> implements Study<S> {
  readonly space: S
  readonly direction: Direction
  readonly seed: number
  readonly #layout: Layout
  readonly #session: SamplerSession
  readonly #pruner: Pruner | undefined
  readonly #storage: Storage
  readonly #state: StudyState = emptyState()
  #read = 0

  constructor(options: StudyOptions<S>) {
    const { space, sampler, direction = 'minimize', seed = 0, pruner, storage = memoryStorage() } = options
    if (direction !== 'minimize' && direction !== 'maximize') {
      throw new RangeError(`\`direction\` must be 'minimize' or 'maximize', got ${String(direction)}`)
    }
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new RangeError(`\`seed\` must be a whole number >= 0, got ${seed}`)
    if (typeof sampler?.open !== 'function')
      throw new TypeError(`\`sampler\` must be a sampler such as tpe(), got ${String(sampler)}`)
    this.space = space
    this.direction = direction
    this.seed = seed
    this.#layout = createLayout(space)
    this.#session = sampler.open({ layout: this.#layout, direction, seed })
    this.#pruner = pruner
    this.#storage = storage
    this.refresh()
    if (!this.#state.named) this.#commit({ kind: 'study', version: 1, space, direction })
  }

  get trials(): readonly Trial<Params<S>>[] {
    return this.#state.trials as unknown as readonly Trial<Params<S>>[] // The layout has checked their parameters.
  }

  get best(): CompleteTrial<Params<S>> | undefined {
    return this.#state.best as CompleteTrial<Params<S>> | undefined // The layout has checked its parameters.
  }

  ask(): Trial<Params<S>> {
    this.refresh()
    for (;;) {
      const { trials, queue, taken } = this.#state
      const number = trials.length
      const queued = queue[taken]
      const random = createRandom(this.seed, number)
      const params = queued === undefined ? this.#session.suggest(number, random) : this.#complete(queued)
      const claim: StudyEvent = { kind: 'ask', number, params, ...(queued === undefined ? {} : { queued: taken }) }
      // Another process may have taken the number meanwhile: then its trial is known now, and the next number is free.
      if (this.#commit(claim)) return this.#issue(number)
    }
  }

  tell(trial: Trial<Params<S>> | number, outcome: Outcome, reason?: string): void {
    this.refresh()
    const number = this.#running(trial)
    if (!this.#commit({ kind: 'tell', number, ...settled(outcome, reason) })) throw toldBefore(number)
  }

  report(trial: Trial<Params<S>> | number, step: number, value: number): boolean {
    if (!isStep(step)) throw new RangeError(`\`step\` must be a finite number, got ${step}`)
    if (typeof value !== 'number') throw new TypeError(`\`value\` must be a number, got ${String(value)}`)
    this.refresh()
    const number = this.#running(trial)
    if (!this.#commit({ kind: 'report', number, step, value: toWire(value) })) throw toldBefore(number)
    const { trials } = this.#state
    const record = trials[number]
    return record !== undefined && (this.#pruner?.shouldPrune(record, trials, this.direction) ?? false)
  }

  enqueue(params: PartialParams<S>): void {
    const plain = frozenParams(params as AnyParams) // A partial value is made of the same scalars and objects.
    encodePartial(this.#layout, plain)
    this.#commit({ kind: 'enqueue', params: plain })
  }

  add(known: KnownTrial<Params<S>>): Trial<Params<S>> {
    const params = frozenParams(known.params as AnyParams) // `encodeParams` checks it.
    encodeParams(this.#layout, params)
    return this.#issue(this.#claim((number) => ({ kind: 'add', number, trial: { params, ...settled(known.outcome) } })))
  }

  import(document: StudyDocument): void {
    const { space, direction, trials } = parseStudyDocument(document)
    if (direction !== this.direction || !sameData(this.space, space)) {
      throw new StudyError('other-study', 'the document holds a study of another space or direction')
    }
    for (const trial of trials) this.#claim((number) => ({ kind: 'add', number, trial }))
  }

  refresh(): void {
    for (const event of this.#storage.read(this.#read)) this.#apply(event)
  }

  toJSON(): StudyDocument {
    this.refresh()
    const { space, direction, trials } = this
    return { version: 1, space, direction, trials: (trials as readonly Trial[]).map(trialDocument) } // Params are AnyParams.
  }

  #apply(event: StudyEvent): boolean {
    this.#read += 1
    return applyEvent(this.#state, event, this.#layout, this.direction, this.#session)
  }

  /** Appends the event, takes in all up to it, and says whether it counts. */
  #commit(event: StudyEvent): boolean {
    const index = this.#storage.append(event)
    let counts = false
    for (const stored of this.#storage.read(this.#read)) {
      const own = this.#read === index
      const applied = this.#apply(stored)
      if (own) counts = applied
    }
    return counts
  }

  #claim(event: (number: number) => StudyEvent): number {
    this.refresh()
    for (;;) {
      const number = this.#state.trials.length
      if (this.#commit(event(number))) return number
    }
  }

  #complete(queued: AnyParams): AnyParams {
    const random = createRandom(this.seed, this.#state.trials.length)
    const point = randomPoint(this.#layout, random, encodePartial(this.#layout, queued))
    // What was asked for stays to the last bit, though its coordinate may round.
    return mergeParams(decodePoint(this.#layout, point), queued)
  }

  #issue(number: number): Trial<Params<S>> {
    const record = this.#state.trials[number]
    if (record === undefined) throw new Error(`unreachable: trial ${number} has just been made`)
    homes.set(record, this.#storage)
    return record as unknown as Trial<Params<S>> // The layout has checked its parameters.
  }

  #running(trial: Trial<Params<S>> | number): number {
    const number = typeof trial === 'number' ? trial : trial?.number
    const record = this.#state.trials[number]
    if (record === undefined || (typeof trial === 'object' && !this.#isOwn(trial, record))) {
      throw new StudyError(
        'unknown-trial',
        `trial ${String(number)} is not a trial of this study, tell a trial that it was asked for`,
      )
    }
    if (record.state !== 'running') throw toldBefore(number, record.state)
    return number
  }

  #isOwn(trial: Trial<Params<S>>, record: Trial): boolean {
    const home = homes.get(trial)
    // A trial that went through JSON or another process has no home; its parameters say which it is.
    return home === undefined ? sameData(record.params, trial.params) : home === this.#storage
  }
}

type Settled = Pick<TrialDocument, 'value' | 'reason'> & { readonly state: Exclude<TrialState, 'running'> }

function settled(outcome: Outcome, reason?: string): Settled {
  const why = reason === undefined ? {} : { reason }
  if (outcome === 'failed' || outcome === 'pruned') return { state: outcome, ...why }
  if (typeof outcome !== 'number') {
    throw new TypeError(`\`outcome\` must be a number, 'failed' or 'pruned', got ${String(outcome)}`)
  }
  if (Number.isNaN(outcome)) return { state: 'failed', reason: reason ?? 'the value is NaN' }
  return { state: 'complete', value: toWire(outcome), ...why }
}

function toldBefore(number: number, state?: TrialState): StudyError {
  return new StudyError(
    'already-told',
    `trial ${number} was told before${state === undefined ? '' : ` and is ${state}`}, tell a trial once`,
  )
}
