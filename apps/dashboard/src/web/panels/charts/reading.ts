import { digitsBetween, formatNumber } from '../../../shared/describe.ts'
import { entryAt, type HeldSeries } from '../../streams/held-series.ts'

/** What a legend says of a metric. */
export interface Reading {
  /** The value of a point, or the mean of several that share a place. */
  readonly value: string
  /** Least and greatest of several points, and the smoothed value; empty where there is neither. */
  readonly range: string
  /** The same in words. */
  readonly title: string
}

/** The reading of a metric at a step, or of its newest point; as precise as its values on the chart lie apart. */
export function readingOf(held: HeldSeries | undefined, step: number | null): Reading {
  if (held === undefined) return NOTHING
  const digits = digitsBetween(held.extent.low, held.extent.high)
  const show = (value: number | null | undefined): string => formatNumber(value, digits)
  if (step === null) return { ...NOTHING, value: show(held.newest?.value) }
  const at = entryAt(held, step)
  if (at < 0) return NOTHING
  const count = held.count[at] ?? 1
  const value = show(held.mean[at])
  const isPoint = count === 1
  const [min, max] = [show(held.min[at]), show(held.max[at])]
  const smoothed = held.isSmoothed ? show(held.smoothed[at]) : ''
  return {
    value,
    range: [smoothed === '' ? '' : `smoothed ${smoothed}`, isPoint ? '' : `${min} to ${max}`]
      .filter(Boolean)
      .join(', '),
    title: isPoint
      ? ''
      : `mean ${value}, least ${min} and greatest ${max} of ${count} points from step ${held.firstStep[at]} to ${held.lastStep[at]}`,
  }
}

const NOTHING: Reading = { value: '–', range: '', title: '' }
