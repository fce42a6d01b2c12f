import type uPlot from 'uplot'
import type { Line } from '../../compare/lines.ts'
import { type Picture, pictureInks } from '../../compare/paint.ts'
import type { PlotSeries } from '../../streams/series-store.ts'
import { columnsOf, type PlotLook } from './plot-columns.ts'
import { seriesColor } from './series-color.ts'

/** Returns the current content of a chart, as a picture to save. */
export function pictureOf(
  plot: uPlot,
  series: PlotSeries,
  look: PlotLook,
  more: Pick<Picture, 'marks' | 'notes'>,
): Picture {
  const { min: low = null, max: high = null } = plot.scales['y'] ?? {}
  return {
    lines: shownLines(series, look),
    spec: {
      ...look.axis,
      isLog: look.isLog && !look.isNormalised,
      thresholds: look.isNormalised ? [] : look.axis.thresholds,
    },
    axis: { kind: 'step' },
    spanX: series.shown,
    spanY: [low ?? 0, high ?? 1],
    width: plot.width,
    height: plot.height,
    ...more,
    inks: pictureInks(),
  }
}

/** Returns the visible lines with their bands. The values without smoothing are a separate line. */
export function shownLines(series: PlotSeries, look: PlotLook): Line[] {
  const [from, to] = series.shown
  return look.names.flatMap((name, i) => {
    const held = series.get(name)
    const [steps, highs = [], lows = [], mean = [], smoothed] = columnsOf(held, look)
    const shown = steps.flatMap((step, at) => (step >= from && step <= to ? [at] : []))
    const pick = <Value>(column: readonly (Value | null)[]): (Value | null)[] => shown.map((at) => column[at] ?? null)
    const line: Line = {
      id: name,
      label: name,
      color: seriesColor(i),
      xs: shown.map((at) => steps[at] ?? 0),
      ys: pick(mean),
      isComplete: held?.isSample !== true,
      ...(highs.some((value) => value !== null) && { lows: pick(lows), highs: pick(highs) }),
    }
    if (smoothed === undefined) return [line]
    const { lows: _lows, highs: _highs, ...plain } = line
    return [
      line,
      { ...plain, id: `${name} smoothed`, label: `${name} (smoothed ${look.smoothing})`, ys: pick(smoothed) },
    ]
  })
}
