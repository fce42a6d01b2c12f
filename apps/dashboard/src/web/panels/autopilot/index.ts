import { lazyPanel } from '../lazy-panel.tsx'
import type { Panel } from '../panel.ts'

/** The process that is watching a run, its proposals, and its rules. */
export const autopilot: Panel = {
  name: 'autopilot',
  title: 'Autopilot',
  placement: 'tab',
  streams: ['state', 'ledger', 'metrics', 'autopilot'],
  count: (run) => run.streams.get('autopilot').now.value?.open ?? 0,
  Content: lazyPanel(async () => (await import('./autopilot-panel.tsx')).AutopilotPanel),
}
