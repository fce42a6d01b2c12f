import { digitsBetween, formatNumber } from '../../../shared/describe.ts'
import type { HeldSeries } from '../../streams/held-series.ts'
import { nearestEntry } from './nearest.ts'

/** What a legend shows for one metric. */
export interface Reading {
  /** The value of a point, or the mean of all points of an entry. */
  readonly value: string
  /**
   * Empty for a single point under the cursor. Otherwise, it contains the steps of the entry if the cursor is elsewhere, the
   * smoothed value, and the minimum and maximum if the entry has several points.
   */
  readonly range: string
  /** The same information in words, for the tooltip. */
  readonly title: string
}

/**
 * Returns the reading for the metric's entry nearest to a step, or of its latest point. The precision follows from the range of
 * values in the chart.
 */
export function readingOf(held: HeldSeries | undefined, step: number | null): Reading {
  if (held === undefined) return NOTHING
  const digits = digitsBetween(held.extent.low, held.extent.high)
  const show = (value: number | null | undefined): string => formatNumber(value, digits)
  if (step === null) return { ...NOTHING, value: show(held.newest?.value) }
  const at = nearestEntry(held.steps, step)
  if (at < 0) return NOTHING
  const count = held.count[at] ?? 1
  const value = show(held.mean[at])
  const isPoint = count === 1
  const [min, max] = [show(held.min[at]), show(held.max[at])]
  const [first, last] = [held.firstStep[at] ?? step, held.lastStep[at] ?? step]
  const isElsewhere = step < first || step > last
  const place = first === last ? `at step ${first}` : `steps ${first} to ${last}`
  const smoothed = held.isSmoothed ? show(held.smoothed[at]) : ''
  return {
    value,
    range: [isElsewhere ? place : '', smoothed === '' ? '' : `smoothed ${smoothed}`, isPoint ? '' : `${min} to ${max}`]
      .filter(Boolean)
      .join(', '),
    title: isPoint
      ? isElsewhere
        ? `${value} ${place}`
        : ''
      : `mean ${value}, minimum ${min} and maximum ${max} of ${count} points from step ${first} to ${last}`,
  }
}

const NOTHING: Reading = { value: '–', range: '', title: '' }
