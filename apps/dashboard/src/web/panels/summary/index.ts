import type { Panel } from '../panel.ts'
import { SummaryPanel } from './summary-panel.tsx'

/** Anything unusual about a run, and its metrics from start to end. */
export const summary: Panel = {
  name: 'summary',
  title: 'Summary',
  placement: 'tab',
  streams: ['state', 'metrics'],
  Content: SummaryPanel,
}
