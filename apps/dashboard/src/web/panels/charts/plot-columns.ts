import { formatNumber } from '../../../shared/describe.ts'
import type { AheadLine } from '../../changes/ahead.ts'
import type { ChartOptions } from '../../compare/chart-spec.ts'
import { entryAt, type HeldSeries } from '../../streams/held-series.ts'

/** The settings that determine how a plot is drawn. */
export interface PlotLook {
  readonly names: readonly string[]
  readonly height: number
  readonly smoothing: number
  readonly isLog: boolean
  readonly isNormalised: boolean
  /** Limits, outliers and thresholds of the vertical axis. */
  readonly axis: ChartOptions
  /** The planned values of the controls in the plot; `at` is each control's position in the names. */
  readonly ahead: readonly { readonly at: number; readonly line: AheadLine }[]
}

type Values = (number | null)[]

/** The columns that one metric is drawn from. */
export type Columns = [steps: number[], ...values: Values[]]

/**
 * Returns the step, maximum, minimum and mean of each entry, and the smoothed value if requested. Maximum and minimum are blank
 * if every entry is a single point, because the line then shows all values.
 */
export function columnsOf(held: HeldSeries | undefined, look: PlotLook): Columns {
  if (held === undefined) return look.smoothing > 0 ? [[], [], [], [], []] : [[], [], [], []]
  const { steps, mean, min, max, smoothed } = held
  const draw = drawing(held, look)
  const isPoints = held.count.every((count) => count === 1)
  const blank = isPoints ? steps.map(() => null) : []
  const columns: Columns = [
    steps,
    isPoints ? blank : max.map(draw.value),
    isPoints ? blank : min.map(draw.low),
    draw.isPlain ? mean : mean.map(draw.value),
  ]
  if (look.smoothing > 0) columns.push(steps.map((_, at) => draw.value(smoothed[at] ?? null)))
  return columns
}

/** Returns the lines of earlier attempts. */
export function ghostColumns(held: HeldSeries | undefined, look: PlotLook): Columns[] {
  if (held === undefined) return []
  const draw = drawing(held, look)
  return held.ghosts.map(({ steps, values }) => [[...steps], values.map(draw.value)])
}

interface Drawing {
  /** Whether values are drawn unchanged. */
  readonly isPlain: boolean
  value(value: number | null): number | null
  /** Returns the lower edge of the band. On a log axis, the band extends down to the smallest drawn value. */
  low(value: number | null): number | null
}

function drawing(held: HeldSeries, { isLog, isNormalised }: PlotLook): Drawing {
  if (isNormalised) {
    const { low, high } = held.extent
    const scale = (value: number | null): number | null =>
      value === null ? null : high === low ? 0.5 : (value - low) / (high - low)
    return { isPlain: false, value: scale, low: scale }
  }
  if (!isLog) return { isPlain: true, value: same, low: same }
  const positive = (value: number | null): number | null => (value !== null && value > 0 ? value : null)
  const floor = leastPositive(held)
  return { isPlain: false, value: positive, low: (value) => (value === null ? null : (positive(value) ?? floor)) }
}

function same(value: number | null): number | null {
  return value
}

function leastPositive({ mean, min, max }: HeldSeries): number | null {
  let least = Number.POSITIVE_INFINITY
  for (const column of [min, mean, max]) {
    for (const value of column) if (value !== null && value > 0 && value < least) least = value
  }
  return least === Number.POSITIVE_INFINITY ? null : least
}

/** Returns the number of columns per metric, without the steps. */
export function columnsEach(smoothing: number): number {
  return smoothing > 0 ? 4 : 3
}

/** Describes the points in the visible range that a chart cannot draw; empty if it can draw all. */
export function missingFrom(
  held: readonly (HeldSeries | undefined)[],
  [from, to]: readonly [number, number],
  isLog: boolean,
): string {
  const shown = held.map((series) => shownOf(series, from, to))
  const gaps = shown.reduce((sum, found) => sum + found.gaps, 0)
  const least = Math.min(...shown.map((found) => found.least))
  const greatest = Math.max(...shown.map((found) => found.greatest))
  const notes = [
    held.some((series) => series?.isSample) ? 'Still being read: this is a sample.' : '',
    gaps === 0 ? '' : `${gaps === 1 ? '1 value here is' : `${gaps} values here are`} not finite.`,
    isLog && least <= 0
      ? `A log axis cannot show 0 or negative values; the smallest value here is ${formatNumber(least)}.`
      : '',
    !isLog && greatest - least > WIDEST
      ? `Values from ${formatNumber(least)} to ${formatNumber(greatest)} are too far apart to draw on one axis.`
      : '',
  ]
  return notes.filter(Boolean).join(' ')
}

/**
 * The largest difference between values that is drawn. The limits of an axis with its margins must be finite, and so must their
 * distance.
 */
const WIDEST = 5e307

/** Returns the number of values that are not finite, the minimum and the maximum of the entries in a span. */
function shownOf(
  held: HeldSeries | undefined,
  from: number,
  to: number,
): { readonly gaps: number; readonly least: number; readonly greatest: number } {
  const found = { gaps: 0, least: Number.POSITIVE_INFINITY, greatest: Number.NEGATIVE_INFINITY }
  if (held === undefined) return found
  const { lastStep, min, max, gaps } = held
  const end = entryAt(held, to) + 1
  for (let at = Math.max(0, entryAt(held, from)); at < end; at++) {
    if ((lastStep[at] ?? from) < from) continue
    found.gaps += gaps[at] ?? 0
    found.least = Math.min(found.least, min[at] ?? found.least)
    found.greatest = Math.max(found.greatest, max[at] ?? found.greatest)
  }
  return found
}
