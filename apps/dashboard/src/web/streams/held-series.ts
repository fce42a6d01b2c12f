import { Ema, type EmaOptions, type EmaState } from '@hotcb/metrics/judge'
import type { SeriesBuckets, WireSeriesWindow } from '../../shared/wire.ts'

/**
 * The data of one metric that the page has for the span that is shown: entries in order of step, each of which is one point or a
 * bucket of many. Each number of an entry is computed from all of its points, and no number is computed from several entries.
 */
export interface HeldSeries {
  readonly name: string
  readonly firstStep: number[]
  readonly lastStep: number[]
  /** Where each entry is drawn: the middle of its steps. */
  readonly steps: number[]
  readonly count: number[]
  /** Points of each entry that are not finite. */
  readonly gaps: number[]
  readonly mean: (number | null)[]
  readonly min: (number | null)[]
  readonly max: (number | null)[]
  /** A long file is still being read: the entries are those of a sample. */
  readonly isSample: boolean
  readonly isSmoothed: boolean
  /** The smoothed value of each entry, null if it is not known yet; empty if nothing is smoothed. */
  readonly smoothed: (number | null)[]
  /** The smallest and the largest entry; infinite if no entry is finite. */
  readonly extent: { low: number; high: number }
  readonly ghosts: readonly { readonly steps: readonly number[]; readonly values: readonly (number | null)[] }[]
  /** The newest point. */
  newest: { readonly step: number; readonly value: number | null } | undefined
  /** Entries that came from the server as a window. */
  fetched: number
  /** What it was fetched for. */
  key: string
  /** Changes with the entries, so that the drawing is computed again only then. */
  revision: number
  /** Continues the smoothing; undefined if live points cannot be smoothed exactly. */
  average: Ema | undefined
  /** The smoothing before the newest point; undefined when that is not known. */
  averageBefore: EmaState | undefined
}

/** Live news of one metric: its points, or a burst of them as buckets. */
export type LiveNews =
  | { readonly kind: 'points'; readonly steps: readonly number[]; readonly values: readonly (number | null)[] }
  | { readonly kind: 'burst'; readonly buckets: SeriesBuckets }

/** The series of a window. `ema` is the average that was requested with it. */
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
    // The average of a sample is that of other points.
    average: ema === undefined || window.ema === null || !complete ? undefined : new Ema(ema, window.ema.end),
    averageBefore: undefined,
  }
  widen(held, held.min)
  widen(held, held.max)
  return held
}

/**
 * Appends live points to a series that reaches the newest step. Points that it already has are skipped.
 *
 * @returns `stale` when the series has to be fetched again to be exact.
 */
export function joinNews(held: HeldSeries, news: LiveNews): 'joined' | 'stale' {
  return news.kind === 'points' ? joinPoints(held, news.steps, news.values) : joinBurst(held, news.buckets)
}

/** Whether news holds anything after a step. */
export function isAfter(news: LiveNews, step: number): boolean {
  return ((news.kind === 'points' ? news.steps.at(-1) : news.buckets.last_step.at(-1)) ?? step) > step
}

/** The entry that a step is in, or the last one before it; -1 if there is none. */
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

/** The newest step was written again: false if what the earlier value went into is not known any more. */
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

/** Buckets cannot be smoothed point by point: the smoothed line ends before them until it is fetched again. */
function joinBurst(held: HeldSeries, buckets: SeriesBuckets): 'joined' | 'stale' {
  let outcome: 'joined' | 'stale' = held.isSmoothed ? 'stale' : 'joined'
  for (const entry of entriesOf(buckets)) {
    const newest = held.newest?.step ?? Number.NEGATIVE_INFINITY
    if (entry.last <= newest) continue
    // Some points of a bucket that begins before the newest step are already here.
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
