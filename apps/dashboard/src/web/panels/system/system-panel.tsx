import type { JSX } from 'preact'
import { MetricCharts } from '../charts/charts-panel.tsx'

/** The charts of metrics about the machine and about time. */
export function SystemPanel(): JSX.Element {
  return <MetricCharts only={isSystem} />
}

function isSystem(name: string): boolean {
  return /^(sys|system|time)\//.test(name)
}
