import type { JSX } from 'preact'
import { MetricCharts } from '../charts/charts-panel.tsx'
import { useStream } from '../panel.ts'
import { OriginCard } from './origin-card.tsx'

/** How the run was started, and the charts of machine metrics and timing. */
export function SystemPanel(): JSX.Element {
  const origin = useStream('state').detail.value?.run?.origin
  return (
    <>
      {origin !== undefined && <OriginCard origin={origin} />}
      <MetricCharts only={isSystem} />
    </>
  )
}

function isSystem(name: string): boolean {
  return /^(sys|system|time)\//.test(name)
}
