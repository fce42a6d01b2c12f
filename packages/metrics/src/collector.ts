import {
  checkOptions,
  type Env,
  type HotModule,
  type Json,
  type MetricRecord,
  type ModuleContext,
  messageOf,
  type OptionKeys,
} from '@hotcb/protocol'
import type { MetricsClock } from './clock.ts'
import type { FigureSource } from './figure-source.ts'
import { LineBuffer, MAX_PENDING_CHARACTERS } from './line-buffer.ts'
import { createNameFilter, type NameFilterOptions } from './name-filter.ts'
import { RecentRecords } from './recent.ts'
import type { LineSink } from './sink.ts'

/** Options of a collector. */
export interface MetricsCollectorOptions extends NameFilterOptions {
  /** Where lines are written: `metricsFile(runDir)` from the `/node` entry. */
  readonly sink: LineSink
  readonly clock: MetricsClock
  /**
   * Each name is written in at most one of every `n` steps: the first step in `[k n, (k + 1) n)` at which it appears. A rare metric, such
   * as a validation metric, is therefore never left out. @defaultValue 1
   */
  readonly everyN?: number | undefined
  /** The number of records kept for `tail`. @defaultValue 2000 */
  readonly ring?: number | undefined
  /** The milliseconds between writes. @defaultValue 50 */
  readonly flushMs?: number | undefined
  /** The maximum number of characters kept in memory while they cannot be written. @defaultValue 16 Mi */
  readonly maxPending?: number | undefined
  /**
   * Converts a value that is not a number to a number, or returns undefined to leave it out. Without this option, tensors are left out,
   * because reading one waits for the device and, in some libraries, consumes the tensor.
   */
  readonly convert?: ((value: unknown, name: string) => number | undefined) | undefined
  /**
   * Adds measurements to some of the records, such as `openSystemFigures` from the `/node` entry, which measures the machine.
   * @defaultValue none
   */
  readonly figures?: FigureSource | undefined
}

/** The valid keys; all others are rejected. */
export const COLLECTOR_KEYS: OptionKeys<MetricsCollectorOptions> = {
  sink: true,
  clock: true,
  allow: true,
  deny: true,
  everyN: true,
  ring: true,
  flushMs: true,
  maxPending: true,
  convert: true,
  figures: true,
}

/** A kernel module that writes the numbers of each step. */
export interface MetricsCollector extends HotModule {
  readonly name: 'metrics'
  attach(context: ModuleContext): void
  onSafePoint(env: Env, context: ModuleContext): void
  status(): Json
  flush(): void
  snapshot(): Json
  restore(snapshot: Json): void
  close(): void
  /**
   * Accepts a record that was created elsewhere, with its own time. A trainer in another process sends its records in
   * batches. Names are filtered and thinned as at a safe point. A null value counts as a non-finite value.
   */
  take(record: MetricRecord): void
  /** Returns the names collected so far, in order of appearance. */
  names(): string[]
  /** Returns the last `count` records, oldest first; at most `ring` of them. */
  tail(count?: number): MetricRecord[]
}

/**
 * Collects the numbers in `env.metrics`, and `loss`, `train_loss`, `val_loss` from the top level of `env` if they are not
 * in `env.metrics`.
 *
 * True and false become 1 and 0, a value that is not finite becomes null, and other values are left out. A safe point
 * without numbers adds no record; several safe points in one step add several. Never throws into the training loop:
 * `status()` counts lost records and gives the reason.
 *
 * @throws RangeError or TypeError for invalid or unknown options.
 */
export function createMetricsCollector(options: MetricsCollectorOptions): MetricsCollector {
  checkOptions('createMetricsCollector', options, COLLECTOR_KEYS)
  return new Collector(options)
}

/** The state of one name. */
interface NameSlot {
  readonly wanted: boolean
  /** The step at which it was last recorded. */
  step: number
}

const TOP_LEVEL = ['loss', 'train_loss', 'val_loss'] as const

class Collector implements MetricsCollector {
  readonly name = 'metrics'
  readonly #clock: MetricsClock
  readonly #everyN: number
  readonly #wanted: (name: string) => boolean
  readonly #convert: MetricsCollectorOptions['convert']
  readonly #figures: FigureSource | undefined
  readonly #buffer: LineBuffer
  readonly #recent: RecentRecords
  readonly #slots = new Map<string, NameSlot>()
  // The names of the last record, shared by every record with the same names.
  #shape: readonly string[] = []
  // An object with these names that is refilled for each line: JSON.stringify is the fastest way to write 20 numbers.
  #metrics: Record<string, number> = {}
  #records = 0
  #errors = 0
  #lastError: string | null = null
  #said: string | null = null
  #closed = false

  constructor(options: MetricsCollectorOptions) {
    this.#clock = options.clock
    this.#everyN = wholeNumber('everyN', options.everyN ?? 1, 1)
    this.#wanted = createNameFilter(options)
    this.#convert = options.convert
    this.#figures = options.figures
    this.#recent = new RecentRecords(wholeNumber('ring', options.ring ?? 2000, 0))
    this.#buffer = new LineBuffer(options.sink, {
      flushMs: options.flushMs ?? 50,
      maxPending: options.maxPending ?? MAX_PENDING_CHARACTERS,
    })
  }

  attach(context: ModuleContext): void {
    this.#buffer.attach(context.runDir)
    this.#figures?.attach?.(context.runDir)
  }

  onSafePoint(env: Env, context: ModuleContext): void {
    if (this.#closed) return
    try {
      this.#collect(env)
      if (context.superseded === true) this.#buffer.leave()
      if (this.#buffer.pending) this.#buffer.flushIfDue(this.#clock.running())
      this.#tell(context)
    } catch (error) {
      this.#note(error)
    }
  }

  status(): Json {
    return {
      records: this.#records,
      names: this.names().length,
      dropped: this.#buffer.dropped,
      errors: this.#errors,
      error: this.#buffer.failure?.message ?? this.#lastError,
    }
  }

  flush(): void {
    if (this.#closed) return
    try {
      this.#buffer.flush(this.#clock.running())
      this.#buffer.sync()
    } catch (error) {
      this.#note(error)
    }
  }

  snapshot(): Json {
    if (this.#everyN === 1) return null
    const taken: [string, number][] = []
    for (const [name, slot] of this.#slots) if (slot.wanted) taken.push([name, slot.step])
    return { taken: Object.fromEntries(taken) }
  }

  restore(snapshot: Json): void {
    if (typeof snapshot !== 'object' || snapshot === null || !('taken' in snapshot)) return
    for (const slot of this.#slots.values()) slot.step = NEVER
    for (const [name, step] of Object.entries(snapshot.taken ?? {})) {
      if (typeof step === 'number') this.#slotOf(name).step = step
    }
  }

  close(): void {
    if (this.#closed) return
    this.flush()
    this.#closed = true
    try {
      this.#figures?.close()
      this.#buffer.close()
    } catch (error) {
      this.#note(error)
    }
  }

  take({ step, epoch = null, wall_time: wallTime, metrics }: MetricRecord): void {
    if (this.#closed) return
    try {
      const draft = this.#draftAt(step)
      for (const name of Object.keys(metrics)) this.#take(draft, name, metrics[name] ?? Number.NaN)
      this.#takeFigures(draft)
      if (draft.values.length > 0) this.#keep(draft, epoch, wallTime ?? this.#clock.wall())
      this.#buffer.flushIfDue(this.#clock.running())
    } catch (error) {
      this.#note(error)
    }
  }

  names(): string[] {
    const names: string[] = []
    for (const [name, slot] of this.#slots) if (slot.wanted) names.push(name)
    return names
  }

  tail(count?: number): MetricRecord[] {
    return this.#recent.tail(count)
  }

  #collect(env: Env): void {
    const draft = this.#draftAt(env.step)
    const metrics = env.metrics
    if (typeof metrics === 'object' && metrics !== null) {
      for (const name of Object.keys(metrics)) this.#take(draft, name, metrics[name])
    }
    for (const name of TOP_LEVEL) {
      const value = env[name]
      if (value === undefined || (metrics !== undefined && metrics !== null && Object.hasOwn(metrics, name))) continue
      this.#take(draft, name, value)
    }
    this.#takeFigures(draft)
    if (draft.values.length === 0) return
    this.#keep(draft, Number.isFinite(env.epoch) ? (env.epoch ?? null) : null, this.#clock.wall())
  }

  #takeFigures(draft: Draft): void {
    const figures = this.#figures?.take(draft.step, this.#clock.running())
    if (figures === undefined || figures === null) return
    for (const name of Object.keys(figures)) this.#take(draft, name, figures[name])
  }

  #draftAt(step: number): Draft {
    if (!Number.isFinite(step)) throw new TypeError(`\`env.step\` must be a number, got ${String(step)}`)
    return { step, values: [], names: this.#shape, grown: null }
  }

  #take(draft: Draft, name: string, given: unknown): void {
    const slot = this.#slots.get(name) ?? this.#admit(name, given)
    if (slot === undefined || !slot.wanted) return
    const value = typeof given === 'number' ? given : this.#toNumber(given, name)
    if (value === undefined || (this.#everyN > 1 && this.#isThinned(slot, draft.step))) return
    slot.step = draft.step
    const at = draft.values.length
    if (draft.grown !== null) draft.grown.push(name)
    else if (draft.names[at] !== name) draft.grown = [...draft.names.slice(0, at), name]
    draft.values.push(value)
  }

  /** Registers a name when its first number arrives, not before. */
  #admit(name: string, given: unknown): NameSlot | undefined {
    if (typeof given !== 'number' && this.#toNumber(given, name) === undefined) return undefined
    return this.#slotOf(name)
  }

  #slotOf(name: string): NameSlot {
    const known = this.#slots.get(name)
    if (known !== undefined) return known
    const slot: NameSlot = { wanted: this.#wanted(name), step: NEVER }
    this.#slots.set(name, slot)
    return slot
  }

  #toNumber(given: unknown, name: string): number | undefined {
    if (typeof given === 'boolean') return given ? 1 : 0
    const value = this.#convert?.(given, name)
    return typeof value === 'number' ? value : undefined
  }

  #isThinned(slot: NameSlot, step: number): boolean {
    if (slot.step >= step || slot.step === NEVER) return false
    return Math.floor(slot.step / this.#everyN) === Math.floor(step / this.#everyN)
  }

  #keep(draft: Draft, epoch: number | null, wallTime: number): void {
    const { values } = draft
    if (draft.grown !== null || values.length < draft.names.length) {
      this.#shape = draft.grown ?? draft.names.slice(0, values.length)
      this.#metrics = Object.fromEntries(this.#shape.map((name) => [name, 0]))
    }
    const names = this.#shape
    for (let at = 0; at < names.length; at++) this.#metrics[names[at] ?? ''] = values[at] ?? Number.NaN
    this.#recent.add({ step: draft.step, epoch, wallTime, names, values })
    const metrics = JSON.stringify(this.#metrics)
    this.#buffer.add(`{"step":${draft.step},"epoch":${epoch},"wall_time":${wallTime},"metrics":${metrics}}\n`)
    this.#records++
  }

  #note(error: unknown): void {
    this.#errors++
    this.#lastError = messageOf(error)
  }

  /** Logs each new problem once. */
  #tell(context: ModuleContext): void {
    const trouble = this.#buffer.failure?.message ?? this.#lastError
    if (trouble === this.#said) return
    this.#said = trouble
    if (trouble !== null) context.log(`metrics: ${trouble}`)
  }
}

/** A line in progress. */
interface Draft {
  readonly step: number
  readonly values: number[]
  /** The names in the previous record. While they match, nothing is copied. */
  readonly names: readonly string[]
  grown: string[] | null
}

const NEVER = Number.NEGATIVE_INFINITY

function wholeNumber(option: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value
  throw new RangeError(`\`${option}\` must be a whole number >= ${least}, got ${value}`)
}
