import type uPlot from 'uplot'
import type { ShownAlert } from '../../shared/alerts.ts'
import { cssColor } from '../theme.ts'

/** Returns the alerts that a chart of these metrics marks. */
export function alertsOf(alerts: readonly ShownAlert[], names: readonly string[]): readonly ShownAlert[] {
  return alerts.filter((alert) => isDrawn(alert) && alert.metric !== null && names.includes(alert.metric))
}

/** Whether charts mark an alert: one about a metric at a step. */
export function isDrawn({ metric, step }: Pick<ShownAlert, 'metric' | 'step'>): boolean {
  return metric !== null && step !== null
}

/** Marks the step of each alert with a line and a triangle, and its value with a ring. */
export function drawAlerts(plot: uPlot, alerts: readonly ShownAlert[]): void {
  const { ctx, bbox } = plot
  const unit = devicePixelRatio
  ctx.save()
  for (const { step, value, level } of alerts) {
    const x = Math.round(plot.valToPos(step ?? 0, 'x', true))
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    ctx.strokeStyle = cssColor(level === 'critical' ? '--bad' : '--warn')
    ctx.fillStyle = ctx.strokeStyle
    ctx.lineWidth = 1.5 * unit
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    ctx.beginPath()
    ctx.moveTo(x, bbox.top + bbox.height - 7 * unit)
    ctx.lineTo(x - 5 * unit, bbox.top + bbox.height)
    ctx.lineTo(x + 5 * unit, bbox.top + bbox.height)
    ctx.fill()
    if (value === null) continue
    const y = plot.valToPos(value, 'y', true)
    if (!(y >= bbox.top && y <= bbox.top + bbox.height)) continue
    ctx.beginPath()
    ctx.arc(x, y, 4 * unit, 0, 2 * Math.PI)
    ctx.stroke()
  }
  ctx.restore()
}
