import { lazyPanel } from '../lazy-panel.tsx'
import type { Panel } from '../panel.ts'

/** A run's checkpoints as a tree, with the checkpoints that were loaded and the runs that were branched. */
export const checkpoints: Panel = {
  name: 'checkpoints',
  title: 'Checkpoints',
  placement: 'tab',
  streams: ['state'],
  Content: lazyPanel(async () => (await import('./checkpoints-panel.tsx')).CheckpointsPanel),
}
