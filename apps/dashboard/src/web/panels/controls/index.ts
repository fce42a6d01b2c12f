import type { Panel } from '../panel.ts'
import { ControlsPanel } from './controls-panel.tsx'

/** A run's controls. */
export const controls: Panel = {
  name: 'controls',
  title: 'Controls',
  placement: 'side',
  streams: ['state', 'ledger'],
  Content: ControlsPanel,
}
