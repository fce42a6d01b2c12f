import type { Panel } from '../panel.ts'
import { ControlsPanel } from './controls-panel.tsx'

/** The controls of a run. */
export const controls: Panel = {
  name: 'controls',
  title: 'Controls',
  placement: 'side',
  streams: ['state', 'ledger'],
  Content: ControlsPanel,
}
