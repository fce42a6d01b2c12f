import { EMA_START, Ema, type EmaOptions, type EmaState } from '../judge/ema.ts'
import { add, type Sum, sumOf } from './exact-sum.ts'
import type { SeriesPoints } from './series.ts'

/** A smoothed metric over the buckets of a window. */
export interface EmaBuckets {
  /** The mean of the moving average over each bucket's finite points; NaN if it has none. */
  readonly mean: Float64Array
  /** The moving average after the last finite point of each bucket; NaN if it has none. */
  readonly last: Float64Array
  /**
   * The state of the moving average after the last point of the series, so that it can be continued with later points.
   */
  readonly end: EmaState
}

/**
 * One moving average over a whole series. Its state is stored at every 256th point, so that any value can be computed
 * from at most 255 further points.
 *
 * The average always starts at the first point of the series, whatever window is requested.
 */
export class EmaTrack {
  readonly options: EmaOptions
  /** The state before each block. It has one more entry than there are complete blocks. */
  readonly #states: EmaState[] = [EMA_START]
  /** For each complete block: sum and number of the averages at its finite points, and the last of them. */
  readonly #blocks: BlockSum[] = []

  constructor(options: EmaOptions) {
    this.options = options
  }

  /**
   * Returns the average over the buckets between `edges`, which are ascending.
   *
   * @param points The points of the last call, or more.
   */
  over(points: SeriesPoints, edges: Uint32Array): EmaBuckets {
    this.#extend(points)
    const buckets = Math.max(0, edges.length - 1)
    const mean = new Float64Array(buckets)
    const last = new Float64Array(buckets)
    const ema = this.#at(points, edges[0] ?? 0)
    for (let at = 0; at < buckets; at++) {
      const found = this.#bucket(points, ema, edges[at] ?? 0, edges[at + 1] ?? 0)
      const whole = sumOf(found) / found.count
      mean[at] = Number.isFinite(whole) ? whole : this.#scaledMean(points, edges[at] ?? 0, edges[at + 1] ?? 0)
      last[at] = found.last
    }
    const { value, weights, step } = this.#at(points, points.steps.length)
    return { mean, last, end: { value, weights, step } }
  }

  /** The approximate memory use in bytes. */
  get bytes(): number {
    return this.#blocks.length * BLOCK_BYTES
  }

  #extend({ steps, values }: SeriesPoints): void {
    const ema = new Ema(this.options, this.#states.at(-1))
    for (let start = this.#blocks.length * BLOCK; start + BLOCK <= steps.length; start += BLOCK) {
      this.#blocks.push(walk({ steps, values }, ema, start, start + BLOCK, emptySum()))
      this.#states.push({ value: ema.value, weights: ema.weights, step: ema.step })
    }
  }

  /** Returns the average before an index. */
  #at(points: SeriesPoints, place: number): Ema {
    const block = Math.min(Math.floor(place / BLOCK), this.#blocks.length)
    const ema = new Ema(this.options, this.#states[block])
    walk(points, ema, block * BLOCK, place, emptySum())
    return ema
  }

  /** Sums over one bucket. `ema` must be at the start of the bucket; afterwards, it is at the end. */
  #bucket(points: SeriesPoints, ema: Ema, start: number, end: number): BlockSum {
    const sum = emptySum()
    const firstBlock = Math.ceil(start / BLOCK)
    const lastBlock = Math.floor(end / BLOCK)
    if (firstBlock >= lastBlock) return walk(points, ema, start, end, sum)
    walk(points, ema, start, firstBlock * BLOCK, sum)
    for (let block = firstBlock; block < lastBlock; block++) {
      const whole = this.#blocks[block]
      if (whole === undefined || whole.count === 0) continue
      add(sum, whole.high, whole.low)
      sum.count += whole.count
      sum.last = whole.last
    }
    ema.restore(this.#states[lastBlock] ?? EMA_START)
    return walk(points, ema, lastBlock * BLOCK, end, sum)
  }

  /** Returns the mean over a bucket whose sum is too large for a double; NaN if the bucket is empty. */
  #scaledMean({ steps, values }: SeriesPoints, start: number, end: number): number {
    const ema = this.#at({ steps, values }, start)
    const averages: number[] = []
    for (let at = start; at < end; at++) averages.push(ema.take(steps[at] ?? 0, values[at] ?? Number.NaN))
    const finite = averages.filter((average) => !Number.isNaN(average))
    return finite.length === 0 ? Number.NaN : finite.reduce((sum, average) => sum + average / finite.length, 0)
  }
}

/** The most recently used averages of one series. */
export class EmaTracks {
  readonly #kept: EmaTrack[] = []

  /** The approximate memory use in bytes. */
  get bytes(): number {
    return this.#kept.reduce((sum, track) => sum + track.bytes, 0)
  }

  /** Returns the average with these options. */
  of({ weight, per = 'point' }: EmaOptions): EmaTrack {
    const known = this.#kept.find(({ options }) => options.weight === weight && options.per === per)
    if (known !== undefined) return known
    const track = new EmaTrack({ weight, per })
    this.#kept.push(track)
    if (this.#kept.length > MOST_KEPT) this.#kept.shift()
    return track
  }
}

interface BlockSum extends Sum {
  count: number
  last: number
}

const BLOCK = 256
// The size of two small objects.
const BLOCK_BYTES = 160
// The number of averages to keep. When a user moves the weight slider, one average after another is
// requested.
const MOST_KEPT = 2

function emptySum(): BlockSum {
  return { high: 0, low: 0, count: 0, last: Number.NaN }
}

/** Continues an average over the points in `[from, to)`, and adds its value at each finite point to `sum`. */
function walk({ steps, values }: SeriesPoints, ema: Ema, from: number, to: number, sum: BlockSum): BlockSum {
  for (let at = from; at < to; at++) {
    const average = ema.take(steps[at] ?? 0, values[at] ?? Number.NaN)
    if (Number.isNaN(average)) continue
    add(sum, average, 0)
    sum.count++
    sum.last = average
  }
  return sum
}
