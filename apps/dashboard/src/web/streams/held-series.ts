import { Ema, type EmaOptions, type EmaState } from '@hotcb/metrics/judge'
import type { SeriesBuckets, WireSeriesWindow } from '../../shared/wire.ts'

/**
 * The data that the page has about one metric for the visible span. Its entries are ordered by step, and each is one
 * point or a bucket of many points. Each number in an entry is computed from all points of that entry, and no number is computed
 * from several entries.
 */
export interface HeldSeries {
  readonly name: string
  readonly firstStep: number[]
  readonly lastStep: number[]
  /** The step at which each entry is drawn: the middle of its steps. */
  readonly steps: number[]
  readonly count: number[]
  /** How many points of each entry are not finite. */
  readonly gaps: number[]
  readonly mean: (number | null)[]
  readonly min: (number | null)[]
  readonly max: (number | null)[]
  /** Whether the entries are a sample, because a long file is still being read. */
  readonly isSample: boolean
  readonly isSmoothed: boolean
  /** The smoothed value of each entry, null if it is unknown; empty without smoothing. */
  readonly smoothed: (number | null)[]
  /** The minimum and maximum of all entries; infinite if no entry is finite. */
  readonly extent: { low: number; high: number }
  readonly ghosts: readonly { readonly steps: readonly number[]; readonly values: readonly (number | null)[] }[]
  /** The latest point. */
  newest: { readonly step: number; readonly value: number | null } | undefined
  /** The number of entries that came from the server, in a window. */
  fetched: number
  /** Identifies the request for which the window was sent. */
  key: string
  /** Changes whenever the entries do, so that the drawing is computed again only then. */
  revision: number
  /** The moving average, which live points continue; undefined if they cannot be smoothed exactly. */
  average: Ema | undefined
  /** The state of the average before the latest point; undefined if it is unknown. */
  averageBefore: EmaState | undefined
}

/** One metric's live data: its points, or a burst of them as buckets. */
export type LiveNews =
  | { readonly kind: 'points'; readonly steps: readonly number[]; readonly values: readonly (number | null)[] }
  | { readonly kind: 'burst'; readonly buckets: SeriesBuckets }

/** Creates the series for a window. `ema` is the average that was requested with the window. */
export function holdWindow(window: WireSeriesWindow, key: string, ema: EmaOptions | undefined): HeldSeries {
  const { name, buckets, complete } = window
  const { first_step: firstStep, last_step: lastStep } = buckets
  const last = lastStep.at(-1)
  const held: HeldSeries = {
    name,
    firstStep: [...firstStep],
    lastStep: [...lastStep],
    steps: middles(buckets),
    count: [...buckets.count],
    gaps: [...buckets.gaps],
    mean: [...buckets.mean],
    min: [...buckets.min],
    max: [...buckets.max],
    isSample: !complete,
    isSmoothed: ema !== undefined,
    smoothed: ema === undefined ? [] : [...(window.ema?.mean ?? [])],
    extent: { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY },
    ghosts: window.ghosts.map((ghost) => ({ steps: middles(ghost.buckets), values: ghost.buckets.mean })),
    newest: last === undefined ? undefined : { step: last, value: buckets.last.at(-1) ?? null },
    fetched: firstStep.length,
    key,
    revision: 0,
    // A sample's average covers only some points, so live points cannot continue it.
    average: ema === undefined || window.ema === null || !complete ? undefined : new Ema(ema, window.ema.end),
    averageBefore: undefined,
  }
  widen(held, held.min)
  widen(held, held.max)
  return held
}

/**
 * Appends live points to a series that extends to the latest step. Points that the series already contains are skipped.
 *
 * @returns `stale` if the series must be fetched again to be exact.
 */
export function joinNews(held: HeldSeries, news: LiveNews): 'joined' | 'stale' {
  return news.kind === 'points' ? joinPoints(held, news.steps, news.values) : joinBurst(held, news.buckets)
}

/** Whether live data contains anything after a step. */
export function isAfter(news: LiveNews, step: number): boolean {
  return ((news.kind === 'points' ? news.steps.at(-1) : news.buckets.last_step.at(-1)) ?? step) > step
}

/** Returns the index of the entry that contains a step, or of the last one before it; -1 if there is none. */
export function entryAt({ firstStep }: HeldSeries, step: number): number {
  let low = 0
  let high = firstStep.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((firstStep[middle] ?? 0) <= step) low = middle + 1
    else high = middle
  }
  return low - 1
}

function joinPoints(
  held: HeldSeries,
  steps: readonly number[],
  values: readonly (number | null)[],
): 'joined' | 'stale' {
  let outcome: 'joined' | 'stale' = 'joined'
  for (const [i, step] of steps.entries()) {
    const value = values[i] ?? null
    const last = held.newest?.step ?? Number.NEGATIVE_INFINITY
    if (step < last) continue
    if (step > last) addPoint(held, step, value)
    else if (held.newest?.value !== value && !replaceNewest(held, value)) outcome = 'stale'
  }
  return outcome
}

function addPoint(held: HeldSeries, step: number, value: number | null): void {
  const gaps = value === null ? 1 : 0
  addEntry(held, { first: step, last: step, count: 1, gaps, mean: value, min: value, max: value, newest: value })
  const { average } = held
  if (average !== undefined) held.averageBefore = stateOf(average)
  if (held.isSmoothed) held.smoothed.push(average === undefined || value === null ? null : average.take(step, value))
}

interface Entry {
  readonly first: number
  readonly last: number
  readonly count: number
  readonly gaps: number
  readonly mean: number | null
  readonly min: number | null
  readonly max: number | null
  readonly newest: number | null
}

function addEntry(held: HeldSeries, { first, last, count, gaps, mean, min, max, newest }: Entry): void {
  held.firstStep.push(first)
  held.lastStep.push(last)
  held.steps.push((first + last) / 2)
  held.count.push(count)
  held.gaps.push(gaps)
  held.mean.push(mean)
  held.min.push(min)
  held.max.push(max)
  widen(held, [min, max])
  held.newest = { step: last, value: newest }
}

/** Replaces the latest value, because its step was written again. Returns false if the effect of the earlier value cannot be undone. */
function replaceNewest(held: HeldSeries, value: number | null): boolean {
  const at = held.count.length - 1
  if (held.newest === undefined || held.count[at] !== 1) return false
  if (held.average !== undefined && held.averageBefore === undefined) return false
  held.gaps[at] = value === null ? 1 : 0
  held.mean[at] = value
  held.min[at] = value
  held.max[at] = value
  widen(held, [value])
  held.newest = { step: held.newest.step, value }
  if (held.average !== undefined && held.averageBefore !== undefined) {
    held.average.restore(held.averageBefore)
    held.smoothed[at] = value === null ? null : held.average.take(held.newest.step, value)
  }
  return true
}

/** Appends buckets. They cannot be smoothed point by point, so the smoothed line ends before them until it is fetched again. */
function joinBurst(held: HeldSeries, buckets: SeriesBuckets): 'joined' | 'stale' {
  let outcome: 'joined' | 'stale' = held.isSmoothed ? 'stale' : 'joined'
  for (const entry of entriesOf(buckets)) {
    const newest = held.newest?.step ?? Number.NEGATIVE_INFINITY
    if (entry.last <= newest) continue
    // If a bucket starts before the latest step, some of its points are already in the series.
    if (entry.first <= newest) outcome = 'stale'
    else addEntry(held, entry)
    if (held.isSmoothed && held.smoothed.length < held.count.length) held.smoothed.push(null)
    held.average = undefined
  }
  return outcome
}

function entriesOf(buckets: SeriesBuckets): Entry[] {
  return buckets.first_step.map((first, i) => ({
    first,
    last: buckets.last_step[i] ?? first,
    count: buckets.count[i] ?? 1,
    gaps: buckets.gaps[i] ?? 0,
    mean: buckets.mean[i] ?? null,
    min: buckets.min[i] ?? null,
    max: buckets.max[i] ?? null,
    newest: buckets.last[i] ?? null,
  }))
}

function stateOf({ value, weights, step }: Ema): EmaState {
  return { value, weights, step }
}

function middles({ first_step, last_step }: SeriesBuckets): number[] {
  return first_step.map((first, i) => (first + (last_step[i] ?? first)) / 2)
}

function widen({ extent }: HeldSeries, values: readonly (number | null)[]): void {
  for (const value of values) {
    if (value === null) continue
    if (value < extent.low) extent.low = value
    if (value > extent.high) extent.high = value
  }
}
