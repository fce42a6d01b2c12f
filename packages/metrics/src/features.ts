import {
  checkOptions,
  type Env,
  formatFeatureRecord,
  type HotModule,
  type Json,
  type ModuleContext,
  messageOf,
  type OptionKeys,
} from '@hotcb/protocol'
import type { MetricsClock } from './clock.ts'
import { LineBuffer, MAX_PENDING_CHARACTERS } from './line-buffer.ts'
import { principalComponents } from './principal-components.ts'
import type { LineSink } from './sink.ts'

/** Options for a feature capture. */
export interface FeatureCaptureOptions {
  /** Where lines are written: `featuresFile(runDir)` from the `/node` entry. */
  readonly sink: LineSink
  readonly clock: Pick<MetricsClock, 'running'>
  /** Steps that are multiples of this number are captured, including step 0. @defaultValue 50 */
  readonly everyN?: number | undefined
  /** The number of samples (rows) kept from the start of a batch. @defaultValue 256 */
  readonly maxSamples?: number | undefined
  /** Wider rows are reduced to this number of principal components. @defaultValue 64 */
  readonly reduceTo?: number | undefined
}

/** The valid keys; all others are rejected. */
export const FEATURE_KEYS: OptionKeys<FeatureCaptureOptions> = {
  sink: true,
  clock: true,
  everyN: true,
  maxSamples: true,
  reduceTo: true,
}

/**
 * One layer's output for a batch: a row of numbers for each sample, or flat data whose first dimension is the batch.
 */
export type Activations =
  | readonly ArrayLike<number>[]
  | { readonly data: ArrayLike<number>; readonly shape: readonly number[] }

/** A kernel module that writes the outputs of layers. */
export interface FeatureCapture extends HotModule {
  readonly name: 'features'
  attach(context: ModuleContext): void
  onSafePoint(env: Env, context: ModuleContext): void
  status(): Json
  flush(): void
  close(): void
  /** Whether a step is captured. Call this before computing activations that are needed only for the capture. */
  isDue(step: number): boolean
  /** Captures a layer's output if the step is due. Returns true if a line was written. The data are copied. */
  capture(step: number, layer: string, activations: Activations): boolean
}

/**
 * Writes `{"step","layer_name","activations"}` lines: at most `maxSamples` rows, reduced to `reduceTo` principal components if they are
 * wider, with six significant digits.
 *
 * Rows with a non-finite number, or whose width differs from the first row, are left out and counted. Never
 * throws into the training loop.
 *
 * @throws RangeError for invalid options, TypeError for unknown options.
 */
export function createFeatureCapture(options: FeatureCaptureOptions): FeatureCapture {
  checkOptions('createFeatureCapture', options, FEATURE_KEYS)
  return new Capture(options)
}

class Capture implements FeatureCapture {
  readonly name = 'features'
  readonly #clock: Pick<MetricsClock, 'running'>
  readonly #buffer: LineBuffer
  readonly #everyN: number
  readonly #maxSamples: number
  readonly #reduceTo: number
  #records = 0
  #leftOut = 0
  #error: string | null = null
  #said: string | null = null
  #closed = false

  constructor(options: FeatureCaptureOptions) {
    this.#clock = options.clock
    this.#everyN = wholeNumber('everyN', options.everyN ?? 50)
    this.#maxSamples = wholeNumber('maxSamples', options.maxSamples ?? 256)
    this.#reduceTo = wholeNumber('reduceTo', options.reduceTo ?? 64)
    this.#buffer = new LineBuffer(options.sink, { flushMs: 50, maxPending: MAX_PENDING_CHARACTERS })
  }

  attach(context: ModuleContext): void {
    this.#buffer.attach(context.runDir)
  }

  isDue(step: number): boolean {
    return !this.#closed && step % this.#everyN === 0
  }

  capture(step: number, layer: string, activations: Activations): boolean {
    if (!this.isDue(step)) return false
    try {
      const rows = this.#usableRows(activations)
      if (rows.length === 0) return false
      const width = rows[0]?.length ?? 0
      const reduced = width > this.#reduceTo && rows.length >= 2 ? principalComponents(rows, this.#reduceTo) : rows
      const rounded = reduced.map((row) => Array.from(row, sixDigits))
      this.#buffer.add(formatFeatureRecord({ step, layer_name: layer, activations: rounded }))
      this.#records++
      return true
    } catch (error) {
      this.#error = messageOf(error)
      return false
    }
  }

  onSafePoint(_env: Env, context: ModuleContext): void {
    if (this.#closed) return
    try {
      if (context.superseded === true) this.#buffer.leave()
      if (this.#buffer.pending) this.#buffer.flushIfDue(this.#clock.running())
    } catch (error) {
      this.#error = messageOf(error)
    }
    const trouble = this.#buffer.failure?.message ?? this.#error
    if (trouble !== null && trouble !== this.#said) context.log(`features: ${trouble}`)
    this.#said = trouble
  }

  status(): Json {
    return {
      records: this.#records,
      rows_left_out: this.#leftOut,
      dropped: this.#buffer.dropped,
      error: this.#buffer.failure?.message ?? this.#error,
    }
  }

  flush(): void {
    if (this.#closed) return
    try {
      this.#buffer.flush(this.#clock.running())
      this.#buffer.sync()
    } catch (error) {
      this.#error = messageOf(error)
    }
  }

  close(): void {
    if (this.#closed) return
    this.flush()
    this.#closed = true
    try {
      this.#buffer.close()
    } catch (error) {
      this.#error = messageOf(error)
    }
  }

  #usableRows(activations: Activations): Float64Array[] {
    const rows: Float64Array[] = []
    const given = rowsOf(activations)
    const width = given.width
    for (let at = 0; at < given.count && at < this.#maxSamples; at++) {
      const row = Float64Array.from(given.row(at))
      if (row.length === width && row.every(Number.isFinite)) rows.push(row)
      else this.#leftOut++
    }
    return rows
  }
}

interface Rows {
  readonly count: number
  readonly width: number
  row(at: number): ArrayLike<number>
}

function rowsOf(activations: Activations): Rows {
  if (!('data' in activations)) {
    return { count: activations.length, width: activations[0]?.length ?? 0, row: (at) => activations[at] ?? [] }
  }
  const { data, shape } = activations
  const [count = 0, ...inner] = shape
  const width = inner.reduce((product, size) => product * size, 1)
  if (data.length !== count * width) {
    throw new RangeError(
      `\`data\` with shape [${shape.join(', ')}] must contain ${count * width} numbers, got ${data.length}`,
    )
  }
  return { count, width, row: (at) => Array.prototype.slice.call(data, at * width, (at + 1) * width) }
}

/** Rounds to six digits, which is enough for any chart and takes a third of the bytes. */
function sixDigits(value: number): number {
  return Number(value.toPrecision(6))
}

function wholeNumber(option: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value
  throw new RangeError(`\`${option}\` must be a whole number >= 1, got ${value}`)
}
