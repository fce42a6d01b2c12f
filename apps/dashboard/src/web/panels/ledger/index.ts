import type { Panel } from '../panel.ts'
import { LedgerPanel } from './ledger-panel.tsx'

/** The kernel's decisions, as a timeline and as a table. */
export const ledger: Panel = {
  name: 'ledger',
  title: 'Ledger',
  placement: 'tab',
  hasSide: true,
  streams: ['state', 'ledger', 'metrics'],
  count: (run) => run.streams.get('ledger').view.value?.total ?? 0,
  Content: LedgerPanel,
}
