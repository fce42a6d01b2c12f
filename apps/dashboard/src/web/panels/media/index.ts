import { lazyPanel } from '../lazy-panel.tsx'
import type { Panel } from '../panel.ts'

/** A run's images, text files and captured activations. */
export const media: Panel = {
  name: 'media',
  title: 'Media',
  placement: 'tab',
  streams: ['state'],
  applies: ({ detail }) => detail.value?.has_media === true,
  Content: lazyPanel(async () => (await import('./media-panel.tsx')).MediaPanel),
}
