import type { Panel } from '../panel.ts'
import { SystemPanel } from './system-panel.tsx'

/** Charts of machine metrics and of timing. */
export const system: Panel = {
  name: 'system',
  title: 'System',
  placement: 'tab',
  hasSide: true,
  streams: ['state', 'ledger', 'metrics'],
  Content: SystemPanel,
}
