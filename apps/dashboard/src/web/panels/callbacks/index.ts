import type { Panel } from '../panel.ts'
import { CallbacksPanel } from './callbacks-panel.tsx'

/** The callbacks and their cost. */
export const callbacks: Panel = {
  name: 'callbacks',
  title: 'Callbacks',
  placement: 'tab',
  streams: ['state'],
  Content: CallbacksPanel,
}
