import uPlot from 'uplot'
import { digitsFor, formatNumber, formatStep } from '../../../shared/describe.ts'
import type { SeriesStore, Span } from '../../streams/series-store.ts'
import { cssColor } from '../../theme.ts'
import { logRange, logSplits } from './log-axis.ts'
import { columnsOf, ghostColumns } from './plot-columns.ts'

/** How one plot is drawn. */
export interface PlotLook {
  readonly names: readonly string[]
  readonly height: number
  readonly smoothing: number
  readonly isLog: boolean
  readonly isNormalised: boolean
}

/** What a plot tells the chart around it. */
export interface PlotHooks {
  onSpan(span: Span): void
  /** The index under the cursor; null when it left. */
  onCursor(plot: uPlot): void
  onDraw(plot: uPlot): void
}

/** Colour of the i-th series. */
export function seriesColor(i: number): string {
  return cssColor(`--s${(i % 8) + 1}`)
}

/** Makes the plot of a chart in `host`; its data comes from {@link plotData}. */
export function createPlot(
  host: HTMLElement,
  store: SeriesStore,
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
      y: look.isLog && !look.isNormalised ? { distr: 3, range: logRange } : {},
    },
    axes: [
      {
        ...axis,
        size: 26,
        gap: 4,
        space: 64,
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
    bands: bandsOf(look),
    cursor: {
      sync: { key: 'hotcb', setSeries: false },
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
      draw: [hooks.onDraw],
    },
  }
  return new uPlot(options, plotData(store, look, ghosts), host)
}

/** The aligned columns of a plot: those of each metric, then the ghosts. */
export function plotData(store: SeriesStore, look: PlotLook, ghostCount: number): uPlot.AlignedData {
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

/** How many ghosts the metrics of a plot have, bounded. */
export function countGhosts(store: SeriesStore, names: readonly string[]): number {
  return Math.min(
    8,
    names.reduce((sum, name) => sum + (store.get(name)?.ghosts.length ?? 0), 0),
  )
}

/** Lines of one metric, in the order of its columns: greatest, least, mean, and smoothed where that is wanted. */
function seriesLooks({ names, smoothing }: PlotLook, ghosts: number): uPlot.Series[] {
  const looks: uPlot.Series[] = []
  for (const i of names.keys()) {
    const stroke = seriesColor(i)
    // The edges of the band, so that a spike of one point is seen however narrow it is.
    const edge = { stroke, width: 1, alpha: smoothing > 0 ? 0.3 : 0.5, points: { show: false } }
    const line = { stroke, width: 1.5, points: { show: isSparse, filter: lonePoints, size: 4, fill: stroke } }
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

function columnsEach(smoothing: number): number {
  return smoothing > 0 ? 4 : 3
}

/** What is filled: from the greatest to the least of each metric. */
function bandsOf({ names, smoothing }: PlotLook): uPlot.Band[] {
  const columns = columnsEach(smoothing)
  return names.map((_, i) => ({ series: [1 + i * columns, 2 + i * columns], fill: `${seriesColor(i)}${BAND_ALPHA}` }))
}

// Two hexadecimal digits behind a colour.
const BAND_ALPHA = '33'

/** Labels of ticks, precise enough to tell each from the next; those that are blank stay so. */
function tickLabels(values: readonly (number | null)[], apart: number): string[] {
  const size = values.reduce<number>((most, value) => Math.max(most, Math.abs(value ?? 0)), 0)
  const digits = digitsFor(size, apart)
  return values.map((value) => (value === null ? '' : formatNumber(value, digits)))
}

// Points are drawn where a line could not show them: few, or alone between gaps.
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
