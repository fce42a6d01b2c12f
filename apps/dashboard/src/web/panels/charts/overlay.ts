import { useEffect, useRef } from 'preact/hooks'
import type uPlot from 'uplot'
import { alertsOf, drawAlerts } from '../../alerts/draw-alerts.ts'
import { useRun } from '../../run/run-context.ts'
import { drawForecasts, shownForecasts } from './forecasts.ts'

/**
 * Returns a function that draws on top of a chart's lines. It always stays the same function. If its output changes, the chart is
 * redrawn.
 */
export function useOverlay(
  names: readonly string[],
  plot: { readonly current: uPlot | undefined },
  isLarge: boolean,
): (made: uPlot) => void {
  const { now } = useRun().streams.get('alerts')
  const alerts = alertsOf(now.value?.alerts ?? [], names)
  const shown = useRef(alerts)
  shown.current = alerts
  const stamp = alerts.map(({ id }) => id).join('\n')
  const forecasts = isLarge ? shownForecasts.value : NONE
  const future = useRef({ names, forecasts })
  future.current = { names, forecasts }
  useEffect(() => plot.current?.redraw(false), [stamp, forecasts])
  const draw = useRef((made: uPlot): void => {
    drawForecasts(made, future.current.names, future.current.forecasts)
    drawAlerts(made, shown.current)
  })
  return draw.current
}

const NONE: typeof shownForecasts.value = new Map()
