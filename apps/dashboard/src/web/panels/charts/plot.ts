import { normalise, smooth } from '@hotcb/metrics/judge'
import uPlot from 'uplot'
import { formatNumber, formatStep } from '../../../shared/describe.ts'
import type { Series, SeriesStore, Span } from '../../streams/series-store.ts'
import { cssColor } from '../../theme.ts'

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
    padding: [10, 8, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: false, range: () => [...store.shown] as [number, number] },
      y: look.isLog && !look.isNormalised ? { distr: 3 } : {},
    },
    axes: [
      { ...axis, size: 26, gap: 4, space: 64, values: (_, steps) => steps.map((step) => formatStep(step)) },
      {
        ...axis,
        size: axisSize,
        gap: 4,
        space: 32,
        values: (_, values) => values.map((value) => (value === null ? '' : formatNumber(value, 3))),
      },
    ],
    series: [{}, ...seriesLooks(look, ghosts)],
    cursor: {
      sync: { key: 'hotcb', setSeries: false },
      drag: { x: true, y: false, setScale: false, dist: 4 },
      points: { size: 6 },
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

/** The aligned columns of a plot: for each metric its points (and smoothed ones behind), then the ghosts. */
export function plotData(store: SeriesStore, look: PlotLook, ghostCount: number): uPlot.AlignedData {
  const tables: uPlot.AlignedData[] = []
  const ghosts: uPlot.AlignedData[] = []
  for (const name of look.names) {
    const series = store.get(name)
    const steps = series?.steps ?? []
    const raw = drawable(series?.values ?? [], look)
    tables.push(look.smoothing > 0 ? [steps, raw, smooth(raw, look.smoothing)] : [steps, raw])
    for (const ghost of series?.ghosts ?? []) ghosts.push([[...ghost.steps], drawable(ghost.values, look)])
  }
  while (ghosts.length < ghostCount) ghosts.push([[], []])
  const all = [...tables, ...ghosts.slice(0, ghostCount)]
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

/** The raw value of a series at a step, or the one before it. */
export function valueAt(series: Series | undefined, step: number): number | null | undefined {
  if (series === undefined) return undefined
  let low = 0
  let high = series.steps.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((series.steps[middle] ?? 0) <= step) low = middle + 1
    else high = middle
  }
  return low === 0 ? undefined : series.values[low - 1]
}

function drawable(values: readonly (number | null)[], look: PlotLook): (number | null)[] {
  if (look.isNormalised) return normalise(values)
  if (look.isLog) return values.map((value) => (value !== null && value > 0 ? value : null))
  // uPlot reads arrays and never writes to them.
  return values as (number | null)[]
}

function seriesLooks({ names, smoothing }: PlotLook, ghosts: number): uPlot.Series[] {
  const looks: uPlot.Series[] = []
  for (const i of names.keys()) {
    const stroke = seriesColor(i)
    const line = { stroke, width: 1.5, points: { show: isSparse, filter: lonePoints, size: 4, fill: stroke } }
    if (smoothing > 0) looks.push({ ...line, width: 1, alpha: 0.3 })
    looks.push(line)
  }
  for (let i = 0; i < ghosts; i++)
    looks.push({ stroke: cssColor('--muted'), width: 1, dash: [2, 3], alpha: 0.6, points: { show: false } })
  return looks
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
