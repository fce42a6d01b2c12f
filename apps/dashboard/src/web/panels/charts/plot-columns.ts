import type { HeldSeries } from '../../streams/held-series.ts'
import type { PlotLook } from './plot.ts'

type Values = (number | null)[]

/** The columns that one metric is drawn from. */
export type Columns = [steps: number[], ...values: Values[]]

/**
 * Steps, greatest, least and mean of each entry, and the smoothed value where that is wanted. Greatest and least are left
 * out where every entry is one point: the line says it all.
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

/** The lines of earlier attempts. */
export function ghostColumns(held: HeldSeries | undefined, look: PlotLook): Columns[] {
  if (held === undefined) return []
  const draw = drawing(held, look)
  return held.ghosts.map(({ steps, values }) => [[...steps], values.map(draw.value)])
}

interface Drawing {
  /** Values are drawn as they are. */
  readonly isPlain: boolean
  value(value: number | null): number | null
  /** The lower edge of the band: on a log axis it goes down as far as anything is drawn. */
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

/** What a log axis cannot draw of some metrics, in a few words; empty where it draws everything. */
export function missingOnLog(
  held: readonly (HeldSeries | undefined)[],
  [from, to]: readonly [number, number],
  formatNumber: (value: number) => string,
): string {
  let least = Number.POSITIVE_INFINITY
  for (const series of held) {
    for (const [at, value] of (series?.min ?? []).entries()) {
      const isShown = (series?.lastStep[at] ?? 0) >= from && (series?.firstStep[at] ?? 0) <= to
      if (isShown && value !== null && value < least) least = value
    }
  }
  return least > 0 ? '' : `A log axis cannot draw 0 and below. The least value here is ${formatNumber(least)}.`
}
