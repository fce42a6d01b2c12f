import type { Forecast } from '@hotcb/metrics/judge'
import { signal } from '@preact/signals'
import type uPlot from 'uplot'
import { seriesColor } from './series-color.ts'

/** The forecasts in the large chart, by metric; empty while they are switched off. */
export const shownForecasts = signal<ReadonlyMap<string, Forecast>>(new Map())

/** Draws each forecast in the colour of its metric, as two bands and a dashed line. */
export function drawForecasts(plot: uPlot, names: readonly string[], forecasts: ReadonlyMap<string, Forecast>): void {
  for (const [i, name] of names.entries()) {
    const forecast = forecasts.get(name)
    if (forecast?.ok === true) drawForecast(plot, forecast.points, seriesColor(i))
  }
}

type Points = Extract<Forecast, { readonly ok: true }>['points']
type Line = 'value' | 'low80' | 'high80' | 'low95' | 'high95'

function drawForecast(plot: uPlot, points: Points, color: string): void {
  const { ctx, bbox } = plot
  const path = (line: Line, from: readonly Points[number][] = points): readonly (readonly [number, number])[] =>
    from.map((point) => [plot.valToPos(point.step, 'x', true), plot.valToPos(point[line], 'y', true)])
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  ctx.fillStyle = color
  ctx.strokeStyle = color
  const back = points.toReversed()
  for (const [low, high, alpha] of [
    ['low95', 'high95', 0.14],
    ['low80', 'high80', 0.22],
  ] as const) {
    ctx.globalAlpha = alpha
    ctx.beginPath()
    for (const [x, y] of [...path(low), ...path(high, back)]) ctx.lineTo(x, y)
    ctx.fill()
  }
  ctx.globalAlpha = 1
  ctx.lineWidth = 1.5 * devicePixelRatio
  ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio])
  ctx.beginPath()
  for (const [x, y] of path('value')) ctx.lineTo(x, y)
  ctx.stroke()
  ctx.restore()
}
