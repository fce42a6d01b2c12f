import type uPlot from 'uplot'
import { restOf } from '../../changes/ahead.ts'
import type { PlotLook } from './plot-columns.ts'
import { seriesColor } from './series-color.ts'

/** Draws the controls' planned values in a chart as dotted lines, starting at the latest step. */
export function drawAhead(plot: uPlot, { ahead, isLog, isNormalised }: PlotLook, last: number): void {
  if (isNormalised) return
  const { ctx, bbox } = plot
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  ctx.lineWidth = 1.5 * devicePixelRatio
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio])
  for (const { at, line } of ahead) {
    const rest = restOf(line, last)
    if (rest === undefined) continue
    ctx.strokeStyle = seriesColor(at)
    ctx.beginPath()
    for (const [i, step] of rest.steps.entries()) {
      const value = rest.values[i] ?? 0
      if (isLog && value <= 0) continue
      ctx.lineTo(plot.valToPos(step, 'x', true), plot.valToPos(value, 'y', true))
    }
    ctx.stroke()
  }
  ctx.restore()
}
