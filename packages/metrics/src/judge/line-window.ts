import { isObject, type Json } from '@hotcb/protocol'
import { medianOfFive } from './median-of-five.ts'

/** The number of values in a level: {@link LineWindow} keeps running medians over this many values. */
export const LEVEL_VALUES = 5

export interface LineWindowOptions {
  /** 1 if smaller is better; -1 if larger is better, which negates the values. @defaultValue 1 */
  readonly sign?: 1 | -1 | undefined
  /** The minimum number of values kept; up to twice as many are. @defaultValue 512 */
  readonly keep?: number | undefined
}

/**
 * One metric's values on one line. A line consists of a run's steps as last trained, without steps that were rewound.
 *
 * A record for a step at or before the last one starts a new line. Replaced values are dropped, and earlier values are kept. Signs are
 * chosen so that smaller is better. Non-finite values are counted and otherwise ignored.
 */
export interface LineWindow {
  readonly sign: 1 | -1
  /** The number of finite values on the line, including those no longer kept. */
  readonly count: number
  /** The number of finite values kept. */
  readonly length: number
  /** The step of the last record, finite or not; null before the first. */
  readonly lastStep: number | null
  /** Whether the last record was finite. */
  readonly isFinite: boolean
  /** The number of times the line has been rewound. */
  readonly rewinds: number
  /**
   * Changes whenever values were replaced by a rewind or by `restore`. Results that were derived from earlier values
   * are then out of date.
   */
  readonly generation: number
  /** The first {@link LEVEL_VALUES} values of the line. */
  readonly head: readonly number[]
  /** The median and minimum of {@link head}; NaN before it is complete. */
  readonly initial: number
  readonly initialLeast: number
  /** Adds a record. Null means a value that is not finite. */
  push(step: number, value: number | null): void
  /** The kept values from `count + skip` to `skip` positions before the end. Valid until the next `push`. */
  tail(count: number, skip?: number): Float64Array
  /** The value `back` positions before the last; NaN if it is not kept. */
  value(back?: number): number
  /** The step of the value `back` positions before the last; NaN if it is not kept. */
  step(back?: number): number
  /** The number of kept values for steps after `step`. */
  countAfter(step: number): number
  /** The median of the five values that end `back` positions before the last; NaN if they are not on the line. */
  level(back?: number): number
  /** The smallest {@link level} that ends `back` or more positions before the last; NaN if there is none. */
  leastLevel(back: number): number
  /** The first step of the five values of {@link leastLevel}. */
  leastLevelStep(back: number): number
  /** The smallest value on the line; NaN if the line is empty. */
  readonly lowest: number
  /** Whether all values on the line are positive. */
  readonly isPositive: boolean
  snapshot(): Json
  restore(saved: Json): void
}

/** Creates an empty window. */
export function createLineWindow(options: LineWindowOptions = {}): LineWindow {
  return new Window(options.sign ?? 1, Math.max(2 * LEVEL_VALUES + 1, options.keep ?? 512))
}

/** Values with running statistics, stored in columns so that a tail is a view and not a copy. */
interface Columns {
  readonly steps: Float64Array
  readonly values: Float64Array
  /** The median of the five values that end here; NaN for the first four. */
  readonly levels: Float64Array
  /** The smallest level up to here, and the first step of its five values. */
  readonly least: Float64Array
  readonly leastSteps: Float64Array
  /** The smallest value up to here. */
  readonly lowest: Float64Array
}

class Window implements LineWindow {
  readonly sign: 1 | -1
  readonly #keep: number
  readonly #columns: Columns
  #length = 0
  #dropped = 0
  #head: number[] = []
  #headSteps: number[] = []
  initial: number = Number.NaN
  initialLeast: number = Number.NaN
  lastStep: number | null = null
  isFinite = true
  rewinds = 0
  generation = 0

  constructor(sign: 1 | -1, keep: number) {
    this.sign = sign
    this.#keep = keep
    const column = (): Float64Array => new Float64Array(2 * keep)
    this.#columns = {
      steps: column(), values: column(), levels: column(), least: column(), leastSteps: column(), lowest: column(),
    } // biome-ignore format: six alike
  }

  get count(): number {
    return this.#dropped + this.#length
  }

  get length(): number {
    return this.#length
  }

  get head(): readonly number[] {
    return this.#head
  }

  get lowest(): number {
    return this.#columns.lowest[this.#at(0)] ?? Number.NaN
  }

  get isPositive(): boolean {
    return this.lowest > 0
  }

  push(step: number, value: number | null): void {
    if (this.lastStep !== null && step <= this.lastStep) this.#rewind(step)
    this.lastStep = step
    this.isFinite = value !== null && Number.isFinite(value)
    if (value !== null && this.isFinite) this.#add(step, this.sign * value + 0) // no -0, which JSON cannot represent
  }

  tail(count: number, skip = 0): Float64Array {
    const to = Math.max(0, this.#length - skip)
    return this.#columns.values.subarray(Math.max(0, to - count), to)
  }

  value(back = 0): number {
    return this.#columns.values[this.#at(back)] ?? Number.NaN
  }

  step(back = 0): number {
    return this.#columns.steps[this.#at(back)] ?? Number.NaN
  }

  countAfter(step: number): number {
    const { steps } = this.#columns
    let low = 0
    let high = this.#length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((steps[middle] ?? 0) > step) high = middle
      else low = middle + 1
    }
    return this.#length - low
  }

  level(back = 0): number {
    return this.#columns.levels[this.#at(back)] ?? Number.NaN
  }

  leastLevel(back: number): number {
    return this.#columns.least[this.#at(back)] ?? Number.NaN
  }

  leastLevelStep(back: number): number {
    return this.#columns.leastSteps[this.#at(back)] ?? Number.NaN
  }

  snapshot(): Json {
    const from = Math.max(0, this.#length - this.#keep)
    const part = (column: Float64Array): (number | null)[] =>
      [...column.subarray(from, this.#length)].map((value) => (Number.isFinite(value) ? value : null))
    const { steps, values, levels, least, leastSteps, lowest } = this.#columns
    return {
      steps: part(steps),
      values: part(values),
      // This is the state that depends on values that are no longer kept. Everything else is computed from it.
      levels: part(levels).slice(0, LEVEL_VALUES - 1),
      least: part(least).slice(0, LEVEL_VALUES - 1),
      least_steps: part(leastSteps).slice(0, LEVEL_VALUES - 1),
      lowest: from < this.#length ? numberOrNull(lowest[from]) : null,
      dropped: this.#dropped + from,
      head: this.#head,
      head_steps: this.#headSteps,
      last_step: this.lastStep,
      is_finite: this.isFinite,
      rewinds: this.rewinds,
    }
  }

  restore(saved: Json): void {
    if (!isObject(saved)) return
    this.generation++
    const numbers = (value: unknown): number[] =>
      Array.isArray(value) ? value.filter((item): item is number => typeof item === 'number') : []
    const steps = numbers(saved['steps'])
    const values = numbers(saved['values'])
    this.#length = 0
    this.#dropped = 0
    this.#head = []
    this.#headSteps = []
    for (const [i, value] of values.entries()) this.#add(steps[i] ?? i, value)
    this.#dropped = typeof saved['dropped'] === 'number' ? saved['dropped'] : 0
    this.#head = numbers(saved['head'])
    this.#headSteps = numbers(saved['head_steps'])
    this.#takeInitial()
    this.#carry(saved)
    this.lastStep = typeof saved['last_step'] === 'number' ? saved['last_step'] : null
    this.isFinite = saved['is_finite'] !== false
    this.rewinds = typeof saved['rewinds'] === 'number' ? saved['rewinds'] : 0
  }

  // Called once per line, not for every query.
  #takeInitial(): void {
    const sorted = [...this.#head].sort((a, b) => a - b)
    const isWhole = sorted.length === LEVEL_VALUES
    this.initial = isWhole ? (sorted[LEVEL_VALUES >> 1] ?? Number.NaN) : Number.NaN
    this.initialLeast = isWhole ? (sorted[0] ?? Number.NaN) : Number.NaN
  }

  #at(back: number): number {
    return back < this.#length ? this.#length - 1 - back : -1
  }

  #add(step: number, value: number): void {
    if (this.#length === this.#columns.values.length) this.#trim()
    const { steps, values, levels, lowest } = this.#columns
    const at = this.#length++
    steps[at] = step
    values[at] = value
    if (this.#head.length < LEVEL_VALUES && at + this.#dropped === this.#head.length) {
      this.#head.push(value)
      this.#headSteps.push(step)
      this.#takeInitial()
    }
    const level = at + 1 < LEVEL_VALUES ? Number.NaN : medianOfFive(values, at - LEVEL_VALUES + 1)
    levels[at] = level
    this.#chain(at)
    lowest[at] = at === 0 ? value : Math.min(lowest[at - 1] ?? value, value)
  }

  /** Derives the smallest level up to an index from the one before it. */
  #chain(at: number): void {
    const { steps, levels, least, leastSteps } = this.#columns
    const level = levels[at] ?? Number.NaN
    const before = at === 0 ? Number.NaN : (least[at - 1] ?? Number.NaN)
    const isLess = !(level >= before) && !Number.isNaN(level)
    least[at] = isLess ? level : before
    const stepBefore = at === 0 ? Number.NaN : (leastSteps[at - 1] ?? Number.NaN)
    leastSteps[at] = isLess ? (steps[at - LEVEL_VALUES + 1] ?? Number.NaN) : stepBefore
  }

  /** Restores the statistics of the values before those that are kept. */
  #carry({ levels, least, least_steps: leastSteps, lowest }: Readonly<Record<string, unknown>>): void {
    const columns = this.#columns
    for (let i = 0; i < Math.min(this.#length, LEVEL_VALUES - 1); i++) {
      columns.levels[i] = numberAt(levels, i)
      columns.least[i] = numberAt(least, i)
      columns.leastSteps[i] = numberAt(leastSteps, i)
    }
    for (let i = LEVEL_VALUES - 1; i < this.#length; i++) this.#chain(i)
    if (typeof lowest !== 'number') return
    for (let i = 0; i < this.#length; i++) columns.lowest[i] = Math.min(columns.lowest[i] ?? lowest, lowest)
  }

  #trim(): void {
    const from = this.#length - this.#keep
    for (const column of Object.values(this.#columns)) column.copyWithin(0, from, this.#length)
    this.#dropped += from
    this.#length = this.#keep
  }

  #rewind(step: number): void {
    this.rewinds++
    this.generation++
    const kept = this.#length - this.countAfter(step - 1)
    const head = this.#headSteps.filter((at) => at < step).length
    if (kept > 0 || this.#dropped === 0) {
      this.#length = kept
    } else {
      // All kept values were replaced, so only the head remains from the earlier ones.
      const steps = this.#headSteps.slice(0, head)
      const values = this.#head.slice(0, head)
      this.#length = 0
      this.#dropped = 0
      this.#head = []
      this.#headSteps = []
      for (const [i, value] of values.entries()) this.#add(steps[i] ?? i, value)
      return
    }
    this.#head.length = head
    this.#headSteps.length = head
    this.#takeInitial()
  }
}

function numberOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null
}

function numberAt(list: unknown, at: number): number {
  const value: unknown = Array.isArray(list) ? list[at] : undefined
  return typeof value === 'number' ? value : Number.NaN
}
