import { lazyPanel } from '../lazy-panel.tsx'
import type { Panel } from '../panel.ts'

/** The checkpoints of a run as a tree: what was loaded, and which runs were branched. */
export const checkpoints: Panel = {
  name: 'checkpoints',
  title: 'Checkpoints',
  placement: 'tab',
  streams: ['state'],
  Content: lazyPanel(async () => (await import('./checkpoints-panel.tsx')).CheckpointsPanel),
}
