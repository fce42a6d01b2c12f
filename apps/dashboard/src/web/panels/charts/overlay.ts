import { useEffect, useRef } from 'preact/hooks'
import type uPlot from 'uplot'
import { alertsOf, drawAlerts } from '../../alerts/draw-alerts.ts'
import { useRun } from '../../run/run-context.ts'

/** Draws what lies over the lines of a chart, and draws the chart again when that changes. The function stays the same. */
export function useOverlay(
  names: readonly string[],
  plot: { readonly current: uPlot | undefined },
): (made: uPlot) => void {
  const { now } = useRun().streams.get('alerts')
  const alerts = alertsOf(now.value?.alerts ?? [], names)
  const shown = useRef(alerts)
  shown.current = alerts
  const stamp = alerts.map(({ id }) => id).join('\n')
  useEffect(() => plot.current?.redraw(false), [stamp])
  const draw = useRef((made: uPlot): void => drawAlerts(made, shown.current))
  return draw.current
}
