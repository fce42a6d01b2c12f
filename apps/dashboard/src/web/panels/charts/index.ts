import type { Panel } from '../panel.ts'
import { ChartsPanel } from './charts-panel.tsx'

/** All metrics as charts, or the enlarged chart. */
export const charts: Panel = {
  name: 'charts',
  title: 'Charts',
  placement: 'tab',
  hasSide: true,
  streams: ['state', 'ledger', 'metrics'],
  Content: ChartsPanel,
}
