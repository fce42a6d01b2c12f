import type uPlot from 'uplot'
import { visibleText } from '../../../shared/visible-text.ts'
import { cssColor } from '../../theme.ts'
import type { PlotLook } from './plot-columns.ts'

/** Draws a plot's thresholds, each with its label. */
export function drawThresholds(plot: uPlot, { axis, isLog, isNormalised }: PlotLook): void {
  if (axis.thresholds.length === 0 || isNormalised) return
  const { ctx, bbox } = plot
  const scale = devicePixelRatio
  const [top, right] = [bbox.top, bbox.left + bbox.width]
  ctx.save()
  ctx.strokeStyle = cssColor('--bad')
  ctx.fillStyle = cssColor('--bad')
  ctx.lineWidth = scale
  ctx.setLineDash([6 * scale, 4 * scale])
  ctx.font = `${11 * scale}px ${cssColor('--font')}`
  ctx.textAlign = 'right'
  ctx.textBaseline = 'middle'
  for (const { value, label } of axis.thresholds) {
    if (isLog && value <= 0) continue
    const y = Math.round(plot.valToPos(value, 'y', true))
    if (y < top || y > top + bbox.height) continue
    ctx.beginPath()
    ctx.moveTo(bbox.left, y)
    ctx.lineTo(right, y)
    ctx.stroke()
    // The label is above its line, unless the line is at the top.
    const textY = y - 8 * scale < top ? y + 8 * scale : y - 8 * scale
    ctx.fillText(visibleText(label), right - 4 * scale, textY)
  }
  ctx.restore()
}
