import type uPlot from 'uplot'
import { sourceColor } from '../../changes/change-look.ts'
import type { RailMark } from '../../changes/rail-mark.ts'
import { pageConfig } from '../../session.ts'
import { cssColor } from '../../theme.ts'

/**
 * Draws a thin dashed line at each visible change, in the colour of its source. Scheduled and reverted changes are fainter. Refused
 * changes have no line because they had no effect.
 */
export function drawMarks(plot: uPlot, marks: readonly RailMark[]): void {
  const { ctx, bbox } = plot
  const dash = pageConfig.value.chart.mutation_dash.map((length) => length * devicePixelRatio)
  ctx.save()
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash(dash)
  let last = Number.NEGATIVE_INFINITY
  for (const { step, source, outcome } of marks) {
    if (outcome === 'refused' || outcome === 'none') continue
    const x = Math.round(plot.valToPos(step, 'x', true))
    if (x < bbox.left || x > bbox.left + bbox.width || x - last < 2) continue
    last = x
    ctx.strokeStyle = cssColor(sourceColor(source))
    ctx.globalAlpha = outcome === 'applied' ? 0.7 : 0.35
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
  }
  ctx.restore()
}
