import { lazyPanel } from '../lazy-panel.tsx'
import type { Panel } from '../panel.ts'

/** A launched training run's output, which scrolls to its latest lines. */
export const output: Panel = {
  name: 'output',
  title: 'Output',
  placement: 'tab',
  streams: ['state'],
  applies: ({ detail }) => detail.value?.has_output === true,
  Content: lazyPanel(async () => (await import('./output-panel.tsx')).OutputPanel),
}
