import { checkOptions, type OptionKeys } from '@hotcb/protocol'
import { placesOfPart } from '../judge/course.ts'
import { gapsIn, placesIn, type Series } from './series.ts'

/** The requested range of a series. */
export interface StatsOptions {
  /** The first step. @defaultValue the series' first step */
  readonly from?: number | undefined
  /** The last step, inclusive. @defaultValue the series' last step */
  readonly to?: number | undefined
  /**
   * Parts of that range whose means are also computed. Each is given by two fractions of the points: `[0, 0.05]` is the
   * first twentieth. A part starts and ends between two points and contains at least one point. @defaultValue none
   */
  readonly parts?: readonly (readonly [start: number, end: number])[] | undefined
}

const STATS_KEYS: OptionKeys<StatsOptions> = { from: true, to: true, parts: true }

/** A step and its value; NaN for a value that is not finite. */
export interface StepValue {
  readonly step: number
  readonly value: number
}

/** Statistics for all points in a range. */
export interface SeriesStats {
  /** The number of points in the range, and the number of them that are not finite. */
  readonly count: number
  readonly gaps: number
  /** The mean of the finite values; NaN if there is none. */
  readonly mean: number
  /** The smallest and the largest finite value, each with the first step at which it occurs; undefined if there is none. */
  readonly min: StepValue | undefined
  readonly max: StepValue | undefined
  /** The first and last points; undefined for a range without points. */
  readonly first: StepValue | undefined
  readonly last: StepValue | undefined
  /** The times of the first and the last point in epoch seconds; NaN if the file has none. */
  readonly firstTime: number
  readonly lastTime: number
  /** The means of the requested parts; NaN if a part has no finite value. */
  readonly parts: readonly number[]
}

/**
 * Computes the statistics for a range of a series.
 *
 * @throws RangeError when a bound is not a number or a part is not between 0 and 1; TypeError for an unknown option.
 */
export function statsOf(series: Series, options: StatsOptions = {}): SeriesStats {
  checkOptions('statsOf', options, STATS_KEYS)
  const { steps, times } = series
  const { from = steps[0] ?? 0, to = steps[steps.length - 1] ?? 0, parts = [] } = options
  if (Number.isNaN(from) || Number.isNaN(to)) throw new RangeError('`from` and `to` must be numbers, got NaN')
  const { start, end } = placesIn(series, from, to)
  const { count: gaps } = gapsIn(series, start, end)
  const { min, max, mean } = series.pyramid.range(series.values, start, end, end - start - gaps)
  return {
    count: end - start,
    gaps,
    mean,
    min: Number.isNaN(min) ? undefined : firstWith(series, start, end, min),
    max: Number.isNaN(max) ? undefined : firstWith(series, start, end, max),
    first: end > start ? pointAt(series, start) : undefined,
    last: end > start ? pointAt(series, end - 1) : undefined,
    firstTime: end > start ? (times?.[start] ?? Number.NaN) : Number.NaN,
    lastTime: end > start ? (times?.[end - 1] ?? Number.NaN) : Number.NaN,
    parts: parts.map((part) => meanOfPart(series, start, end, part)),
  }
}

function meanOfPart(series: Series, start: number, end: number, [from, to]: readonly [number, number]): number {
  if (!(from >= 0 && from <= to && to <= 1)) {
    throw new RangeError(`a part must be two fractions between 0 and 1, the smaller first, got [${from}, ${to}]`)
  }
  const places = placesOfPart(end - start, from, to)
  const first = start + places.start
  const past = start + places.end
  const { count } = gapsIn(series, first, past)
  return series.pyramid.range(series.values, first, past, past - first - count).mean
}

function firstWith(series: Series, start: number, end: number, value: number): StepValue {
  return { step: series.steps[series.pyramid.find(series.values, start, end, value)] ?? 0, value }
}

function pointAt({ steps, values }: Series, at: number): StepValue {
  return { step: steps[at] ?? 0, value: values[at] ?? Number.NaN }
}
