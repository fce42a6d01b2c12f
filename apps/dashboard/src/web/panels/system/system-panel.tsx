import type { JSX } from 'preact'
import { MetricCharts } from '../charts/charts-panel.tsx'

/** The charts of metrics that tell of the machine and of time. */
export function SystemPanel(): JSX.Element {
  return <MetricCharts only={isSystem} />
}

function isSystem(name: string): boolean {
  return /^(sys|system|time)\//.test(name)
}
