import uPlot from 'uplot'
import { digitsFor, formatNumber, formatStep } from '../../../shared/describe.ts'
import { entryAt } from '../../streams/held-series.ts'
import type { PlotSeries, Span } from '../../streams/series-store.ts'
import { cssColor } from '../../theme.ts'
import { drawBands } from './bands.ts'
import { drawThresholds } from './draw-thresholds.ts'
import { logRange, logSplits } from './log-axis.ts'
import { dotPlace } from './nearest.ts'
import { hasOwnAxis, rangeOfY } from './own-axis.ts'
import { columnsEach, columnsOf, ghostColumns, type PlotLook } from './plot-columns.ts'
import { seriesColor } from './series-color.ts'

/** Events of a plot for its chart. */
export interface PlotHooks {
  onSpan(span: Span): void
  /** Receives the plot when its cursor moves or leaves. */
  onCursor(plot: uPlot): void
  onDraw(plot: uPlot): void
}

/** Creates a chart's plot in `host`. Its data comes from {@link plotData}. */
export function createPlot(
  host: HTMLElement,
  store: PlotSeries,
  look: PlotLook,
  ghosts: number,
  hooks: PlotHooks,
): uPlot {
  const ink = cssColor('--muted')
  const grid = cssColor('--grid')
  const axis = {
    stroke: ink,
    font: `11px ${cssColor('--font')}`,
    grid: { stroke: grid, width: 1 },
    ticks: { show: false },
  }
  // Styles are read once, because a chart is created again when the theme changes.
  const colors = look.names.map((_, i) => seriesColor(i))
  const resetSpan = (): null => {
    hooks.onSpan({ from: null, to: null, last: null })
    return null
  }
  const options: uPlot.Options = {
    width: Math.max(120, host.clientWidth),
    height: look.height,
    padding: [10, 18, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: false, range: () => [...store.shown] as [number, number] },
      y: scaleOf(look),
    },
    axes: [
      {
        ...axis,
        size: 26,
        gap: 4,
        space: 64,
        // Steps are whole numbers, so there are no labels between two of them.
        incrs: STEP_INCRS,
        values: (_, steps, _axis, _space, apart) => steps.map((step) => formatStep(step, apart)),
      },
      {
        ...axis,
        size: axisSize,
        gap: 4,
        space: 32,
        values: (_, values, _axis, _space, apart) => tickLabels(values, apart),
        ...(look.isLog && !look.isNormalised && { splits: logSplits }),
      },
    ],
    series: [{}, ...seriesLooks(look, ghosts)],
    cursor: {
      sync: { key: 'hotcb', setSeries: false },
      dataIdx: dotPlace,
      drag: { x: true, y: false, setScale: false, dist: 4 },
      points: { size: (_, at) => (isEdge(look, at) ? 0 : 6) },
      bind: { dblclick: () => resetSpan },
    },
    hooks: {
      setSelect: [
        (plot) => {
          const { left, width } = plot.select
          if (width < 4) return
          const from = plot.posToVal(left, 'x')
          const to = plot.posToVal(left + width, 'x')
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
          hooks.onSpan({ from, to, last: null })
        },
      ],
      setCursor: [hooks.onCursor],
      drawAxes: [(plot) => drawBands(plot, look, colors)],
      draw: [(plot) => drawThresholds(plot, look), hooks.onDraw],
    },
  }
  return new uPlot(options, plotData(store, look, ghosts), host)
}

/** Returns the vertical scale. Unless a person has set limits, they are those of the data; see {@link rangeOfY}. */
function scaleOf(look: PlotLook): uPlot.Scale {
  if (look.isNormalised) return {}
  const range: uPlot.Scale.Range | undefined =
    hasOwnAxis(look.axis) || look.ahead.length > 0 ? (plot) => [...rangeOfY(plot, look)] as [number, number] : undefined
  if (look.isLog) return { distr: 3, range: range ?? logRange }
  return range === undefined ? {} : { range }
}

/**
 * Returns a plot's aligned columns: those of each metric, then those of the ghosts, which are the lines of earlier attempts.
 */
export function plotData(store: PlotSeries, look: PlotLook, ghostCount: number): uPlot.AlignedData {
  const all: uPlot.AlignedData[] = []
  const ghosts: uPlot.AlignedData[] = []
  for (const name of look.names) {
    const held = store.get(name)
    all.push(columnsOf(held, look))
    ghosts.push(...ghostColumns(held, look))
  }
  all.push(...ghosts.slice(0, ghostCount))
  for (let missing = ghostCount - ghosts.length; missing > 0; missing--) all.push([[], []])
  const [first] = all
  return all.length === 1 && first !== undefined ? first : uPlot.join(all)
}

/**
 * Draws lines one pixel wide if they change direction at every other pixel. A browser without a graphics card draws such lines
 * many times faster than wider ones, and they do not look thinner. A smoothed line in front of them keeps its width.
 */
export function fitLines(plot: uPlot, store: PlotSeries, look: PlotLook): void {
  const [from, to] = store.shown
  for (const [i, name] of look.names.entries()) {
    const held = store.get(name)
    const line = plot.series[3 + i * columnsEach(look.smoothing)]
    if (held === undefined || line === undefined) continue
    const shown = entryAt(held, to) - entryAt(held, from)
    line.width = look.smoothing > 0 || shown > plot.width / 4 ? 1 : WIDTH
  }
}

const WIDTH = 1.5
/** Distances between the labels of a step axis. Steps are whole numbers, so these are too. */
export const STEP_INCRS: number[] = Array.from({ length: 16 }, (_, power) =>
  [1, 2, 5].map((digit) => digit * 10 ** power),
).flat()

/** Returns the number of ghosts of these metrics, at most 8. */
export function countGhosts(store: PlotSeries, names: readonly string[]): number {
  return Math.min(
    8,
    names.reduce((sum, name) => sum + (store.get(name)?.ghosts.length ?? 0), 0),
  )
}

/** Returns one metric's lines, in the order of its columns: maximum, minimum, mean and, if requested, the smoothed value. */
function seriesLooks({ names, smoothing }: PlotLook, ghosts: number): uPlot.Series[] {
  const looks: uPlot.Series[] = []
  for (const i of names.keys()) {
    const stroke = seriesColor(i)
    // Maximum and minimum are drawn as a band. As series they only extend the axis.
    const edge = { points: { show: false }, paths: () => null }
    const line = { stroke, width: WIDTH, points: { show: isSparse, filter: lonePoints, size: 4, fill: stroke } }
    looks.push(edge, edge)
    if (smoothing > 0) looks.push({ ...line, width: 1, alpha: 0.35 })
    looks.push(line)
  }
  for (let i = 0; i < ghosts; i++)
    looks.push({ stroke: cssColor('--muted'), width: 1, dash: [2, 3], alpha: 0.6, points: { show: false } })
  return looks
}

/** Whether a column of a plot is an edge of a band. */
function isEdge({ names, smoothing }: PlotLook, at: number): boolean {
  const columns = columnsEach(smoothing)
  return at <= names.length * columns && (at - 1) % columns < 2
}

/** Tick labels, precise enough to distinguish neighbours. Blank ticks stay blank. */
function tickLabels(values: readonly (number | null)[], apart: number): string[] {
  const size = values.reduce<number>((most, value) => Math.max(most, Math.abs(value ?? 0)), 0)
  const digits = digitsFor(size, apart)
  return values.map((value) => (value === null ? '' : formatNumber(value, digits)))
}

// Returns whether points are drawn as dots, because a line cannot show them: there are few of them, or one is alone between gaps.
function isSparse(_plot: uPlot, _at: number, first: number, last: number): boolean {
  return last - first < 30
}

function lonePoints(plot: uPlot, at: number, show: boolean): number[] | null {
  const values = plot.data[at]
  if (show || values === undefined) return null
  const alone: number[] = []
  for (let i = 0; i < values.length; i++) {
    if (values[i] != null && values[i - 1] === null && values[i + 1] === null) alone.push(i)
  }
  return alone.length > 0 ? alone : null
}

function axisSize(_: uPlot, values: string[] | null): number {
  const longest = Math.max(2, ...(values ?? []).map((value) => value?.length ?? 0))
  return Math.max(36, 12 + longest * 6.4)
}
