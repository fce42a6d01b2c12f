import type uPlot from 'uplot'
import type { ChartOptions } from '../../compare/chart-spec.ts'
import type { Line } from '../../compare/lines.ts'
import { type Span, spanOfY } from '../../compare/scales.ts'
import { columnsEach, type PlotLook } from './plot-columns.ts'

/** Whether a person has set anything that changes the limits of the vertical axis. */
export function hasOwnAxis({ low, high, hidesOutliers, thresholds }: ChartOptions): boolean {
  return low !== null || high !== null || hidesOutliers || thresholds.length > 0
}

/** Returns the limits of the vertical axis, from the visible values and the person's settings. */
export function rangeOfY(plot: Pick<uPlot, 'data' | 'scales'>, look: PlotLook): Span {
  const { min = null, max = null } = plot.scales['x'] ?? {}
  const [xs] = plot.data
  const shown: Span = [min ?? xs[0] ?? 0, max ?? xs.at(-1) ?? 1]
  return spanOfY(linesOf(plot, look), shown, { ...look.axis, isLog: look.isLog })
}

/** Returns all columns of a plot's metrics, and the planned values, as lines. The edges of bands count as lines too. */
function linesOf({ data }: Pick<uPlot, 'data'>, { names, smoothing, ahead }: PlotLook): Line[] {
  const [steps, ...columns] = data
  const xs = [...steps]
  const planned = ahead.map(({ line }) => ({ ...PLAIN, xs: line.steps, ys: line.values }))
  // The columns after those of the metrics are lines of earlier attempts.
  const drawn = columns.slice(0, names.length * columnsEach(smoothing)).map((column) => ({
    ...PLAIN,
    xs,
    ys: Array.from(column, (value) => value ?? null),
  }))
  return [...drawn, ...planned]
}

const PLAIN = { id: '', label: '', color: '', isComplete: true }
