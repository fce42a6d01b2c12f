import type { Panel } from '../panel.ts'
import { ControlsPanel } from './controls-panel.tsx'

/** What can be changed while it trains. */
export const controls: Panel = {
  name: 'controls',
  title: 'Controls',
  placement: 'side',
  streams: ['state', 'ledger'],
  Content: ControlsPanel,
}
