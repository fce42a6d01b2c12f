import type { Panel } from '../panel.ts'
import { ChangeDialog } from './change-dialog.tsx'

/** The effects of changes on metrics, opened from the charts and the ledger. */
export const change: Panel = {
  name: 'change',
  title: 'Change',
  placement: 'dialog',
  streams: ['state', 'ledger', 'metrics'],
  Content: ChangeDialog,
}
