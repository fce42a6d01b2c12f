import { checkOptions, type OptionKeys } from '@hotcb/protocol'
import { gapsIn, lowerBound, placesIn, type Series } from './series.ts'

/** The requested range and resolution of a series. */
export interface WindowOptions {
  /** The first step. @defaultValue the series' first step */
  readonly from?: number | undefined
  /** The last step, inclusive. @defaultValue the series' last step */
  readonly to?: number | undefined
  /** The maximum number of buckets, usually the width in pixels. @defaultValue 1000 */
  readonly pixels?: number | undefined
}

const WINDOW_KEYS: OptionKeys<WindowOptions> = { from: true, to: true, pixels: true }

/**
 * A series at screen resolution, with one entry for each bucket that contains points, in step order.
 *
 * `[from, to]` is divided into `pixels` equal buckets, the last of which includes both ends. If there are no more
 * points than pixels, each point has its own bucket. All numbers are computed from all points in the bucket.
 */
export interface Buckets extends BucketColumns {
  readonly from: number
  readonly to: number
  /** The number of points in the window, including those that are not finite. */
  readonly points: number
}

/** The contents of each bucket, in step order. */
export interface BucketColumns {
  /** The steps of the first and the last point in the bucket. */
  readonly firstStep: Float64Array
  readonly lastStep: Float64Array
  /** The mean and extremes of its finite values; NaN if it has none. */
  readonly mean: Float64Array
  readonly min: Float64Array
  readonly max: Float64Array
  /** The step of the first point with this value; NaN if there is none. */
  readonly minStep: Float64Array
  readonly maxStep: Float64Array
  /** The first and last values in the bucket; NaN for a value that was not finite. */
  readonly first: Float64Array
  readonly last: Float64Array
  /** The number of points, and the number of them that are not finite. */
  readonly count: Uint32Array
  readonly gaps: Uint32Array
  /** The step of the first point that is not finite; NaN if all are finite. */
  readonly gapStep: Float64Array
}

/** Points for drawing a line, in ascending order of step; null if a value was not finite. */
export interface LinePoints {
  readonly steps: number[]
  readonly values: (number | null)[]
}

/**
 * Computes a window of a series.
 *
 * @throws RangeError when `pixels` is not a whole number >= 1, or a bound is not a number; TypeError for an unknown option.
 */
export function windowOf(series: Series, options: WindowOptions = {}): Buckets {
  const { from, to, edges } = edgesOf(series, options)
  return { from, to, points: (edges.at(-1) ?? 0) - (edges[0] ?? 0), ...bucketsOf(series, edges) }
}

/** Returns a window's bounds and the start indices of its buckets. The last edge is the end of the last bucket. */
export function edgesOf(
  series: Series,
  options: WindowOptions,
): { readonly from: number; readonly to: number; readonly edges: Uint32Array } {
  checkOptions('windowOf', options, WINDOW_KEYS)
  const { steps } = series
  const { from = steps[0] ?? 0, to = steps[steps.length - 1] ?? 0, pixels = 1000 } = options
  if (!Number.isInteger(pixels) || pixels < 1) {
    throw new RangeError(`\`pixels\` must be a whole number >= 1, got ${pixels}`)
  }
  if (Number.isNaN(from) || Number.isNaN(to)) throw new RangeError('`from` and `to` must be numbers, got NaN')
  const { start, end } = placesIn(series, from, to)
  const edges = end - start <= pixels ? pointEdges(start, end) : bucketEdges(steps, { from, to, pixels, start, end })
  return { from, to, edges }
}

/**
 * Returns real points for drawing a line, at most five per bucket: first, smallest, largest, last, and one that is not
 * finite. Extremes are overrepresented in these points, so compute statistics from the buckets.
 */
export function linePoints(buckets: Buckets): LinePoints {
  const steps: number[] = []
  const values: (number | null)[] = []
  for (let at = 0; at < buckets.count.length; at++) {
    const points = new Map<number, number>()
    const put = (step: Float64Array, value: Float64Array) => points.set(step[at] ?? 0, value[at] ?? Number.NaN)
    put(buckets.firstStep, buckets.first)
    put(buckets.lastStep, buckets.last)
    if (!Number.isNaN(buckets.min[at])) {
      put(buckets.minStep, buckets.min)
      put(buckets.maxStep, buckets.max)
    }
    const gap = buckets.gapStep[at] ?? Number.NaN
    if (!Number.isNaN(gap)) points.set(gap, Number.NaN)
    for (const [step, value] of [...points].sort((a, b) => a[0] - b[0])) {
      steps.push(step)
      values.push(Number.isNaN(value) ? null : value)
    }
  }
  return { steps, values }
}

/** Returns the edges of one bucket per point. */
function pointEdges(start: number, end: number): Uint32Array {
  return Uint32Array.from({ length: end - start + 1 }, (_, at) => start + at)
}

/** Returns the starts of the buckets that contain points, and the end of the last bucket. */
function bucketEdges(
  steps: Float64Array,
  window: { from: number; to: number; pixels: number; start: number; end: number },
): Uint32Array {
  const { from, to, pixels, start, end } = window
  const width = (to - from) / pixels
  const edges: number[] = [start]
  for (let bucket = 1; bucket < pixels; bucket++) {
    const edge = lowerBound(steps, from + bucket * width, edges[edges.length - 1])
    if (edge >= end) break
    if (edge > (edges[edges.length - 1] ?? start)) edges.push(edge)
  }
  edges.push(end)
  return Uint32Array.from(edges)
}

/** Returns the buckets between edges, which are ascending indices of a series. */
export function bucketsOf(series: Series, edges: Uint32Array): BucketColumns {
  const { steps, values, pyramid } = series
  const buckets = Math.max(0, edges.length - 1)
  const column = () => new Float64Array(buckets)
  const result = {
    firstStep: column(),
    lastStep: column(),
    mean: column(),
    min: column(),
    max: column(),
    minStep: column(),
    maxStep: column(),
    first: column(),
    last: column(),
    gapStep: column(),
  }
  const count = new Uint32Array(buckets)
  const gapCount = new Uint32Array(buckets)
  for (let at = 0; at < buckets; at++) {
    const start = edges[at] ?? 0
    const end = edges[at + 1] ?? 0
    const gaps = gapsIn(series, start, end)
    const { min, max, mean } = pyramid.range(values, start, end, end - start - gaps.count)
    result.minStep[at] = stepOf(series, start, end, min)
    result.maxStep[at] = stepOf(series, start, end, max)
    result.gapStep[at] = gaps.count > 0 ? (steps[gaps.first] ?? 0) : Number.NaN
    result.mean[at] = mean
    result.firstStep[at] = steps[start] ?? 0
    result.lastStep[at] = steps[end - 1] ?? 0
    result.min[at] = min
    result.max[at] = max
    result.first[at] = values[start] ?? Number.NaN
    result.last[at] = values[end - 1] ?? Number.NaN
    count[at] = end - start
    gapCount[at] = gaps.count
  }
  return { ...result, count, gaps: gapCount }
}

/** Returns the step of the first value in a range that equals its extreme; NaN for none. */
function stepOf({ steps, values, pyramid }: Series, start: number, end: number, extreme: number): number {
  return Number.isNaN(extreme) ? extreme : (steps[pyramid.find(values, start, end, extreme)] ?? 0)
}
