import type { JSX } from 'preact'
import { EmptyState } from './empty-state.tsx'
import { FILLING_CODE } from './filling-lines.ts'

/** The content of the charts and the summary for a run without metrics. */
export function NoMetrics(): JSX.Element {
  return (
    <EmptyState title="No metrics yet" line={FILLING_CODE.metrics}>
      A trainer with a metrics collector reports them after each step:
    </EmptyState>
  )
}
