import { lazyPanel } from '../lazy-panel.tsx'
import type { Panel } from '../panel.ts'

/** The path of the run through the space of its metrics, with its changes. */
export const trajectory: Panel = {
  name: 'trajectory',
  title: 'Path',
  placement: 'tab',
  streams: ['state', 'metrics', 'ledger'],
  Content: lazyPanel(async () => (await import('./trajectory-panel.tsx')).TrajectoryPanel),
}
