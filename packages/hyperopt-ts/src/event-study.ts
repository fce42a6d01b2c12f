import type { Space } from './dimension.ts'
import { isStep, type StudyEvent, sameData, type TrialDocument, toWire } from './event.ts'
import { checkDefaults, shareNames } from './fit.ts'
import { completePoint, createLayout, decodePoint, encodeParams, encodePartial, type Layout } from './layout.ts'
import { settled, type TellDetails, type TrialOutcome } from './outcome.ts'
import { type AnyParams, frozenParams, mergeParams, type Params, type PartialParams } from './params.ts'
import type { Pruner } from './pruner.ts'
import { createRandom } from './random.ts'
import type { SamplerReport } from './sampler-session.ts'
import { show } from './show.ts'
import { memoryStorage, type Storage } from './storage.ts'
import type { AskOptions, KnownTrial, StaleOptions, Study, StudyOptions } from './study.ts'
import { checkAttr, checkOptions, checkStale, toldBefore } from './study-check.ts'
import { parseStudyDocument, type StudyDocument, trialDocument } from './study-document.ts'
import { StudyError } from './study-error.ts'
import { applyEvent, emptyState, type Reader, type StudyState, type TrialRecord } from './study-state.ts'
import { messageOf } from './thrown.ts'
import type { CompleteTrial, JsonValue, StudyDirection, Trial } from './trial.ts'

// A trial belongs only to the studies on its storage.
const homes = new WeakMap<object, Storage>()

/** A study whose state is a fold of its storage's events. */
export class EventStudy<S extends Space> implements Study<S> {
  readonly space: S
  readonly direction: StudyDirection
  readonly directions: readonly StudyDirection[]
  readonly seed: number
  readonly #layout: Layout
  readonly #reader: Reader
  readonly #samplerName: string
  readonly #pruner: Pruner | undefined
  readonly #storage: Storage
  readonly #clock: (() => number) | undefined
  readonly #owner: string | undefined
  readonly #state: StudyState = emptyState()
  #read = 0

  constructor(options: StudyOptions<S>) {
    const directions = checkOptions(options)
    const { space, sampler, seed = 0, pruner, storage = memoryStorage(), defaults = {}, clock, owner } = options
    const [direction = 'minimize'] = directions
    this.space = space
    this.direction = direction
    this.directions = directions
    this.seed = seed
    this.#layout = createLayout(space)
    checkDefaults(this.#layout, defaults)
    const session = sampler.open({ layout: this.#layout, direction, directions, seed })
    this.#reader = { layout: this.#layout, defaults, directions, session }
    this.#samplerName = sampler.name
    this.#pruner = pruner
    this.#storage = storage
    this.#clock = clock ?? storage.clock
    this.#owner = owner ?? storage.owner
    this.refresh()
    this.#nameSpace()
  }

  get trials(): readonly Trial<Params<S>>[] {
    return this.#state.trials as unknown as readonly Trial<Params<S>>[] // The layout has checked their parameters.
  }

  get best(): CompleteTrial<Params<S>> | undefined {
    return this.#state.best as CompleteTrial<Params<S>> | undefined // The layout has checked its parameters.
  }

  get misfits(): readonly Trial[] {
    return this.#state.trials.filter(({ misfit }) => misfit !== undefined)
  }

  ask(options: AskOptions<S> = {}): Trial<Params<S>> {
    const fixed = options.fixed === undefined ? {} : this.#checked(options.fixed)
    this.refresh()
    for (;;) {
      const { trials, queue, taken } = this.#state
      const number = trials.length
      const queued = queue[taken]
      const from = queued === undefined ? {} : { queued: taken }
      const problem = queued === undefined ? undefined : this.#problemOf(queued.params)
      if (queued !== undefined && problem !== undefined) {
        const reason = `enqueued parameters do not fit the space: ${problem}`
        this.#commit({ kind: 'add', number, trial: { params: queued.params, state: 'failed', reason }, ...from })
        continue
      }
      const params = this.#suggest(number, mergeParams(queued?.params ?? {}, fixed))
      const claim: StudyEvent = { kind: 'ask', number, params, ...from, ...this.#now(), ...this.#who() }
      // Another process may have taken the number in the meantime. Its trial is known now, so the next number is free.
      if (this.#commit(claim)) return this.#issue(number)
    }
  }

  tell(trial: Trial<Params<S>> | number, outcome: TrialOutcome, details?: TellDetails | string): void {
    this.refresh()
    const number = this.#running(trial)
    const settledAs = settled(outcome, details, this.directions.length)
    if (!this.#commit({ kind: 'tell', number, ...settledAs, ...this.#now() })) throw toldBefore(number)
  }

  report(trial: Trial<Params<S>> | number, step: number, value: number): boolean {
    if (!isStep(step)) throw new RangeError(`\`step\` must be a finite number, got ${show(step)}`)
    if (typeof value !== 'number') throw new TypeError(`\`value\` must be a number, got ${show(value)}`)
    this.refresh()
    const number = this.#running(trial)
    const event: StudyEvent = { kind: 'report', number, step, value: toWire(value), ...this.#now() }
    if (!this.#commit(event)) throw toldBefore(number)
    const { trials } = this.#state
    const record = trials[number]
    if (record === undefined || this.#pruner === undefined || this.directions.length > 1) return false
    return this.#pruner.shouldPrune(record, trials, this.direction)
  }

  setUserAttr(trial: Trial<Params<S>> | number, key: string, value: JsonValue): void {
    checkAttr(key, value)
    this.refresh()
    this.#commit({ kind: 'attr', number: this.#known(trial).number, key, value })
  }

  heartbeat(trial: Trial<Params<S>> | number): void {
    this.refresh()
    const number = this.#running(trial)
    if (!this.#commit({ kind: 'beat', number, at: this.#time() })) throw toldBefore(number)
  }

  staleTrials(options: StaleOptions): readonly Trial<Params<S>>[] {
    return this.#stale(options) as unknown as readonly Trial<Params<S>>[] // The layout has checked their parameters.
  }

  retryStale(options: StaleOptions): readonly Trial<Params<S>>[] {
    const { maxRetries = 3 } = options
    const retried = this.#stale(options).filter(({ number, heartbeatMs: seen = 0 }) => {
      const again = this.#retriesBefore(number) < maxRetries
      return this.#commit({ kind: 'retry', number, at: this.#time(), seen, again })
    })
    return retried as unknown as readonly Trial<Params<S>>[] // The layout has checked their parameters.
  }

  enqueue(params: PartialParams<S>): void {
    this.#commit({ kind: 'enqueue', params: this.#checked(params) })
  }

  add(known: KnownTrial<Params<S>>): Trial<Params<S>> {
    if (typeof known !== 'object' || known === null) {
      throw new TypeError(`\`add\` takes { params, outcome }, got ${show(known)}`)
    }
    encodeParams(this.#layout, known.params as AnyParams) // It accepts anything, and throws for an incomplete point.
    const params = frozenParams(known.params as AnyParams)
    const outcome = settled(known.outcome, known, this.directions.length)
    return this.#issue(this.#claim((number) => ({ kind: 'add', number, trial: { params, ...outcome } })))
  }

  import(document: StudyDocument): void {
    const { space, direction, directions = [direction], trials } = parseStudyDocument(document)
    if (directions.join() !== this.directions.join() || !shareNames(this.space, space)) {
      throw new StudyError('other-study', 'the document contains a study with a different space or direction')
    }
    const numbers: number[] = []
    for (const { misfit: _, retryOf, ...trial } of trials) {
      // These are the numbers in this study, not the ones in the document.
      const link = retryOf === undefined ? undefined : numbers[retryOf]
      const whole: TrialDocument = link === undefined ? trial : { ...trial, retryOf: link }
      numbers.push(this.#claim((number) => ({ kind: 'add', number, trial: whole })))
    }
  }

  samplerReport(): SamplerReport {
    return this.#reader.session.report?.() ?? { sampler: this.#samplerName }
  }

  refresh(): void {
    for (const event of this.#storage.read(this.#read)) this.#apply(event)
  }

  toJSON(): StudyDocument {
    this.refresh()
    const { space, direction, directions } = this
    const several = directions.length > 1 ? { directions } : {}
    return { version: 1, space, direction, ...several, trials: this.#state.trials.map(trialDocument) }
  }

  #nameSpace(): void {
    const { space, direction, directions } = this
    const stored = this.#state.space
    if (stored !== undefined && sameData(space, stored)) return
    if (stored !== undefined && !shareNames(space, stored)) {
      throw new StudyError(
        'other-study',
        `the storage contains a study with a different space: it has ${Object.keys(stored).join(', ')}, this one has ${Object.keys(space).join(', ')}`,
      )
    }
    const several = directions.length > 1 ? { directions } : {}
    this.#commit({ kind: 'study', version: 1, space, direction, ...several })
  }

  #apply(event: StudyEvent): boolean {
    this.#read += 1
    return applyEvent(this.#state, event, this.#reader)
  }

  /** Appends the event, processes all events up to it, and returns whether the event is valid. */
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

  /** Suggests the parameters of a trial, some of which may be given. */
  #suggest(number: number, given: AnyParams): AnyParams {
    const random = createRandom(this.seed, number)
    const { session } = this.#reader
    if (Object.keys(given).length === 0) return session.suggest(number, random)
    const fixed = encodePartial(this.#layout, given)
    const whole = completePoint(this.#layout, fixed)
    if (whole !== undefined) return given
    const suggested = encodeParams(this.#layout, session.suggest(number, random, fixed))
    const point = completePoint(this.#layout, fixed, suggested, random)
    if (point === undefined) throw new Error('unreachable: with a random stream every point can be completed')
    // The given value is kept exactly, even if its coordinate is rounded.
    return mergeParams(decodePoint(this.#layout, point), given)
  }

  #checked(params: PartialParams<S>): AnyParams {
    encodePartial(this.#layout, params as AnyParams) // It accepts anything, and throws for values outside the space.
    return frozenParams(params as AnyParams)
  }

  #problemOf(params: AnyParams): string | undefined {
    try {
      encodePartial(this.#layout, params)
      return undefined
    } catch (error) {
      return messageOf(error)
    }
  }

  #issue(number: number): Trial<Params<S>> {
    const record = this.#state.trials[number]
    if (record === undefined) throw new Error(`unreachable: trial ${number} has just been created`)
    homes.set(record, this.#storage)
    return record as unknown as Trial<Params<S>> // The layout has checked its parameters.
  }

  #running(trial: Trial<Params<S>> | number): number {
    const { number, state, reason } = this.#known(trial)
    if (state !== 'running') throw toldBefore(number, state, reason)
    return number
  }

  #known(trial: Trial<Params<S>> | number): TrialRecord {
    const number = typeof trial === 'object' ? trial?.number : trial
    const record = this.#state.trials[number]
    if (record === undefined || (typeof trial === 'object' && !this.#isOwn(trial, record))) {
      throw new StudyError(
        'unknown-trial',
        `trial ${show(number)} is not a trial of this study: use one that its \`ask()\` or \`add()\` returned`,
      )
    }
    return record
  }

  #isOwn(trial: Trial<Params<S>>, record: TrialRecord): boolean {
    const home = homes.get(trial)
    // A trial that comes from JSON or from another process is identified by its parameters.
    return home === undefined ? sameData(record.params, trial.params) : home === this.#storage
  }

  #stale(options: StaleOptions): TrialRecord[] {
    const olderThanMs = checkStale(options)
    const now = this.#time()
    this.refresh()
    return this.#state.trials.filter(
      ({ state, heartbeatMs }) => state === 'running' && heartbeatMs !== undefined && now - heartbeatMs > olderThanMs,
    )
  }

  #retriesBefore(number: number): number {
    let count = 0
    for (let at = this.#state.trials[number]?.retryOf; at !== undefined; at = this.#state.trials[at]?.retryOf)
      count += 1
    return count
  }

  #time(): number {
    if (this.#clock === undefined) {
      throw new StudyError(
        'no-clock',
        'the study has no clock: pass a `clock` to createStudy, or a journal storage, which has one',
      )
    }
    return this.#clock()
  }

  #now(): { readonly at?: number } {
    return this.#clock === undefined ? {} : { at: this.#clock() }
  }

  #who(): { readonly owner?: string } {
    return this.#owner === undefined ? {} : { owner: this.#owner }
  }
}
