import type { BucketColumns, EmaBuckets, StepValue as FoundValue } from '@hotcb/metrics'
import type { SeriesWindow as FoundWindow, NamedPoints, NamedStats } from '@hotcb/metrics/node'
import type {
  SeriesBuckets,
  SeriesEma,
  WireSeriesPoints,
  WireSeriesStats,
  WireSeriesWindow,
  WireStepValue,
} from '../shared/wire.ts'

// These functions convert answers from the history into the wire format: lists instead of typed arrays, null instead of NaN.

/** Converts buckets to the wire format. */
export function wireBuckets(buckets: BucketColumns): SeriesBuckets {
  return {
    first_step: [...buckets.firstStep],
    last_step: [...buckets.lastStep],
    count: [...buckets.count],
    gaps: [...buckets.gaps],
    mean: finite(buckets.mean),
    min: finite(buckets.min),
    max: finite(buckets.max),
    first: finite(buckets.first),
    last: finite(buckets.last),
  }
}

/** Converts a window to the wire format; the window of an unknown name is empty. */
export function wireWindow(name: string, window: FoundWindow | undefined): WireSeriesWindow {
  if (window === undefined) return { name, count: 0, complete: true, buckets: NO_BUCKETS, ema: null, ghosts: [] }
  const { complete, buckets, ema, ghosts } = window
  return {
    name,
    count: buckets.points,
    complete,
    buckets: wireBuckets(buckets),
    ema: ema === undefined ? null : wireEma(ema),
    ghosts: ghosts.map((ghost) => ({ attempt: ghost.attempt, buckets: wireBuckets(ghost.buckets) })),
  }
}

/** Converts statistics to the wire format; those of an unknown name have no values. */
export function wireStats(name: string, stats: NamedStats | undefined, parts: number): WireSeriesStats {
  if (stats === undefined) return { ...NO_STATS, name, parts: Array.from({ length: parts }, () => null) }
  const { complete, count, gaps } = stats
  return {
    name,
    complete,
    count,
    gaps,
    mean: orNull(stats.mean),
    min: stats.min ?? null,
    max: stats.max ?? null,
    first: stepValue(stats.first),
    last: stepValue(stats.last),
    first_time: orNull(stats.firstTime),
    last_time: orNull(stats.lastTime),
    parts: stats.parts.map(orNull),
  }
}

/** Converts points to the wire format; an unknown name has none. */
export function wirePoints(name: string, points: NamedPoints | undefined): WireSeriesPoints {
  if (points === undefined) return { name, complete: true, steps: [], values: [], times: [] }
  const { complete, steps, values, times } = points
  return { name, complete, steps: [...steps], values: finite(values), times: finite(times) }
}

const NO_BUCKETS: SeriesBuckets = {
  first_step: [],
  last_step: [],
  count: [],
  gaps: [],
  mean: [],
  min: [],
  max: [],
  first: [],
  last: [],
}

const NO_STATS: Omit<WireSeriesStats, 'name' | 'parts'> = {
  complete: true,
  count: 0,
  gaps: 0,
  mean: null,
  min: null,
  max: null,
  first: null,
  last: null,
  first_time: null,
  last_time: null,
}

function wireEma({ mean, last, end }: EmaBuckets): SeriesEma {
  return { mean: finite(mean), last: finite(last), end }
}

function stepValue(found: FoundValue | undefined): WireStepValue | null {
  return found === undefined ? null : { step: found.step, value: orNull(found.value) }
}

function finite(values: Float64Array): (number | null)[] {
  return Array.from(values, orNull)
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
